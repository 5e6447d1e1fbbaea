// Sixteen floats in an AVX-512 register (F, BW, DQ, VL). Included by simd.h alone.
#pragma once

#include <immintrin.h>

namespace lmos::cpu::LMOS_ISA {

struct Mask {
  __mmask16 bits;
};

struct I32 {
  __m512i v;
};

struct F32 {
  static constexpr int kWidth = 16;
  __m512 v;

  static F32 set(float x) { return {_mm512_set1_ps(x)}; }
  static F32 zero() { return {_mm512_setzero_ps()}; }

  static F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static F32 load(const bf16* p) {
    return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static F32 load(const f16* p) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  static F32 load_part(const float* p, int n) { return {_mm512_maskz_loadu_ps(lanes(n), p)}; }
  static F32 load_part(const bf16* p, int n) {
    return widen(_mm256_maskz_loadu_epi16(lanes(n), p));
  }
  static F32 load_part(const f16* p, int n) {
    return {_mm512_cvtph_ps(_mm256_maskz_loadu_epi16(lanes(n), p))};
  }

  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void store(bf16* p) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), narrow()); }
  void store(f16* p) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), narrow_f16()); }
  void store_part(float* p, int n) const { _mm512_mask_storeu_ps(p, lanes(n), v); }
  void store_part(bf16* p, int n) const { _mm256_mask_storeu_epi16(p, lanes(n), narrow()); }
  void store_part(f16* p, int n) const { _mm256_mask_storeu_epi16(p, lanes(n), narrow_f16()); }

 private:
  __m256i narrow_f16() const {
    return _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static __mmask16 lanes(int n) { return static_cast<__mmask16>((1u << n) - 1u); }
  static F32 widen(__m256i x) {
    return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16))};
  }
  // To nearest even; NaN stays NaN. The hardware's own conversion takes subnormal numbers for 0.
  __m256i narrow() const {
#if defined(__AVX512BF16__)
    return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v));
#else
    const __m512i bits = _mm512_castps_si512(v);
    const __m512i even = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(even, _mm512_set1_epi32(0x7fff)));
    const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    rounded = _mm512_mask_or_epi32(rounded, nan, bits, _mm512_set1_epi32(0x400000));
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16));
#endif
  }
};

inline F32 operator+(F32 a, F32 b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F32 operator-(F32 a, F32 b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline F32 operator*(F32 a, F32 b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline F32 operator/(F32 a, F32 b) { return {_mm512_div_ps(a.v, b.v)}; }
// a·b + c
inline F32 fma(F32 a, F32 b, F32 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
// c − a·b
inline F32 fnma(F32 a, F32 b, F32 c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
inline F32 minimum(F32 a, F32 b) { return {_mm512_min_ps(a.v, b.v)}; }
inline F32 maximum(F32 a, F32 b) { return {_mm512_max_ps(a.v, b.v)}; }
inline F32 sqrt(F32 a) { return {_mm512_sqrt_ps(a.v)}; }
inline F32 round(F32 a) { return {_mm512_roundscale_ps(a.v, 0x08)}; }
inline F32 abs(F32 a) { return {_mm512_abs_ps(a.v)}; }
inline float sum(F32 a) { return _mm512_reduce_add_ps(a.v); }
inline float largest(F32 a) { return _mm512_reduce_max_ps(a.v); }

inline Mask less(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask equal(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
inline Mask is_nan(F32 a) { return {_mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q)}; }
inline F32 select(Mask m, F32 a, F32 b) { return {_mm512_mask_blend_ps(m.bits, b.v, a.v)}; }

inline I32 set_i32(int32_t x) { return {_mm512_set1_epi32(x)}; }
inline I32 to_i32(F32 a) { return {_mm512_cvtps_epi32(a.v)}; }
inline F32 to_floats(I32 a) { return {_mm512_cvtepi32_ps(a.v)}; }
inline I32 bits_of(F32 a) { return {_mm512_castps_si512(a.v)}; }
inline F32 from_bits(I32 a) { return {_mm512_castsi512_ps(a.v)}; }
inline I32 operator+(I32 a, I32 b) { return {_mm512_add_epi32(a.v, b.v)}; }
inline I32 operator-(I32 a, I32 b) { return {_mm512_sub_epi32(a.v, b.v)}; }
inline I32 operator&(I32 a, I32 b) { return {_mm512_and_si512(a.v, b.v)}; }
inline I32 operator|(I32 a, I32 b) { return {_mm512_or_si512(a.v, b.v)}; }
inline I32 operator^(I32 a, I32 b) { return {_mm512_xor_si512(a.v, b.v)}; }
template <int n>
inline I32 shift_left(I32 a) {
  return {_mm512_slli_epi32(a.v, n)};
}
template <int n>
inline I32 shift_right_signed(I32 a) {
  return {_mm512_srai_epi32(a.v, n)};
}
inline I32 load_i32(const int32_t* p) { return {_mm512_loadu_si512(p)}; }
inline Mask less(I32 a, I32 b) { return {_mm512_cmplt_epi32_mask(a.v, b.v)}; }
inline bool any(Mask m) { return m.bits != 0; }
inline Mask equal(I32 a, I32 b) { return {_mm512_cmpeq_epi32_mask(a.v, b.v)}; }

// Row i becomes column i.
inline void transpose(F32 (&rows)[16]) {
  __m512 a[16], b[16];
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_ps(rows[i].v, rows[i + 1].v);
    a[i + 1] = _mm512_unpackhi_ps(rows[i].v, rows[i + 1].v);
  }
  for (int i = 0; i < 16; i += 4) {
    for (int k = 0; k < 2; ++k) {
      const __m512d x = _mm512_castps_pd(a[i + k]), y = _mm512_castps_pd(a[i + k + 2]);
      b[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(x, y));
      b[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(x, y));
    }
  }
  // Each 128-bit lane of b[4g + k] holds rows 4g … 4g + 3 of column 4·lane + k.
  for (int k = 0; k < 4; ++k) {
    const __m512 low = _mm512_shuffle_f32x4(b[k], b[4 + k], 0x88);
    const __m512 low_odd = _mm512_shuffle_f32x4(b[k], b[4 + k], 0xdd);
    const __m512 high = _mm512_shuffle_f32x4(b[8 + k], b[12 + k], 0x88);
    const __m512 high_odd = _mm512_shuffle_f32x4(b[8 + k], b[12 + k], 0xdd);
    rows[k].v = _mm512_shuffle_f32x4(low, high, 0x88);
    rows[8 + k].v = _mm512_shuffle_f32x4(low, high, 0xdd);
    rows[4 + k].v = _mm512_shuffle_f32x4(low_odd, high_odd, 0x88);
    rows[12 + k].v = _mm512_shuffle_f32x4(low_odd, high_odd, 0xdd);
  }
}

}  // namespace lmos::cpu::LMOS_ISA
