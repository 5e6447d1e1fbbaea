// Eight floats in an AVX2 register (with FMA). Included by simd.h alone.
#pragma once

#include <immintrin.h>

namespace lmos::cpu::LMOS_ISA {

struct Mask {
  __m256 bits;  // all ones or all zeros in each lane
};

struct I32 {
  __m256i v;
};

struct F32 {
  static constexpr int kWidth = 8;
  __m256 v;

  static F32 set(float x) { return {_mm256_set1_ps(x)}; }
  static F32 zero() { return {_mm256_setzero_ps()}; }

  static F32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static F32 load(const bf16* p) {
    return widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static F32 load(const f16* p) {
    return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  static F32 load_part(const float* p, int n) { return {_mm256_maskload_ps(p, lanes(n))}; }
  template <class Half>
  static F32 load_part(const Half* p, int n) {
    alignas(16) Half copy[kWidth] = {};
    for (int i = 0; i < n; ++i) copy[i] = p[i];
    return load(copy);
  }

  void store(float* p) const { _mm256_storeu_ps(p, v); }
  void store(bf16* p) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), narrow()); }
  void store(f16* p) const {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  void store_part(float* p, int n) const { _mm256_maskstore_ps(p, lanes(n), v); }
  template <class Half>
  void store_part(Half* p, int n) const {
    alignas(16) Half copy[kWidth];
    store(copy);
    for (int i = 0; i < n; ++i) p[i] = copy[i];
  }

 private:
  static __m256i lanes(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static F32 widen(__m128i x) {
    return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16))};
  }
  // To nearest even; NaN stays NaN.
  __m128i narrow() const {
    const __m256i bits = _mm256_castps_si256(v);
    const __m256i even = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded =
        _mm256_add_epi32(bits, _mm256_add_epi32(even, _mm256_set1_epi32(0x7fff)));
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    const __m256i high = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
    return _mm_packus_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1));
  }
};

inline F32 operator+(F32 a, F32 b) { return {_mm256_add_ps(a.v, b.v)}; }
inline F32 operator-(F32 a, F32 b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline F32 operator*(F32 a, F32 b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline F32 operator/(F32 a, F32 b) { return {_mm256_div_ps(a.v, b.v)}; }
// a·b + c
inline F32 fma(F32 a, F32 b, F32 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
// c − a·b
inline F32 fnma(F32 a, F32 b, F32 c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }
inline F32 minimum(F32 a, F32 b) { return {_mm256_min_ps(a.v, b.v)}; }
inline F32 maximum(F32 a, F32 b) { return {_mm256_max_ps(a.v, b.v)}; }
inline F32 sqrt(F32 a) { return {_mm256_sqrt_ps(a.v)}; }
inline F32 round(F32 a) { return {_mm256_round_ps(a.v, 0x08)}; }
inline F32 abs(F32 a) {
  return {_mm256_and_ps(a.v, _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff)))};
}
inline float sum(F32 a) {
  __m128 x = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  x = _mm_add_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_add_ss(x, _mm_shuffle_ps(x, x, 1)));
}
inline float largest(F32 a) {
  __m128 x = _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  x = _mm_max_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_max_ss(x, _mm_shuffle_ps(x, x, 1)));
}

inline Mask less(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask equal(F32 a, F32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
inline Mask is_nan(F32 a) { return {_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q)}; }
inline F32 select(Mask m, F32 a, F32 b) { return {_mm256_blendv_ps(b.v, a.v, m.bits)}; }

inline I32 set_i32(int32_t x) { return {_mm256_set1_epi32(x)}; }
inline I32 to_i32(F32 a) { return {_mm256_cvtps_epi32(a.v)}; }
inline F32 to_floats(I32 a) { return {_mm256_cvtepi32_ps(a.v)}; }
inline I32 bits_of(F32 a) { return {_mm256_castps_si256(a.v)}; }
inline F32 from_bits(I32 a) { return {_mm256_castsi256_ps(a.v)}; }
inline I32 operator+(I32 a, I32 b) { return {_mm256_add_epi32(a.v, b.v)}; }
inline I32 operator-(I32 a, I32 b) { return {_mm256_sub_epi32(a.v, b.v)}; }
inline I32 operator&(I32 a, I32 b) { return {_mm256_and_si256(a.v, b.v)}; }
inline I32 operator|(I32 a, I32 b) { return {_mm256_or_si256(a.v, b.v)}; }
inline I32 operator^(I32 a, I32 b) { return {_mm256_xor_si256(a.v, b.v)}; }
template <int n>
inline I32 shift_left(I32 a) {
  return {_mm256_slli_epi32(a.v, n)};
}
template <int n>
inline I32 shift_right_signed(I32 a) {
  return {_mm256_srai_epi32(a.v, n)};
}
inline I32 load_i32(const int32_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
inline Mask less(I32 a, I32 b) { return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(b.v, a.v))}; }
inline bool any(Mask m) { return _mm256_movemask_ps(m.bits) != 0; }
inline Mask equal(I32 a, I32 b) { return {_mm256_castsi256_ps(_mm256_cmpeq_epi32(a.v, b.v))}; }

// Row i becomes column i.
inline void transpose(F32 (&rows)[8]) {
  __m256 a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm256_unpacklo_ps(rows[i].v, rows[i + 1].v);
    a[i + 1] = _mm256_unpackhi_ps(rows[i].v, rows[i + 1].v);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int k = 0; k < 2; ++k) {
      const __m256d x = _mm256_castps_pd(a[i + k]), y = _mm256_castps_pd(a[i + k + 2]);
      b[i + 2 * k] = _mm256_castpd_ps(_mm256_unpacklo_pd(x, y));
      b[i + 2 * k + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(x, y));
    }
  }
  // Each 128-bit lane of b[4g + k] holds rows 4g … 4g + 3 of column 4·lane + k.
  for (int k = 0; k < 4; ++k) {
    rows[k].v = _mm256_permute2f128_ps(b[k], b[4 + k], 0x20);
    rows[4 + k].v = _mm256_permute2f128_ps(b[k], b[4 + k], 0x31);
  }
}

}  // namespace lmos::cpu::LMOS_ISA
