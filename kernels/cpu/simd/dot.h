// Dot products of rows of T, accumulated in f32 lanes.
#pragma once

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {

// Elements are taken kStep at a time.
template <class T>
struct Dot {
  static constexpr int kStep = F32::kWidth;
  using Values = F32;
  static Values values(const T* p) { return F32::load(p); }
  static Values values_part(const T* p, int count) { return F32::load_part(p, count); }
  static F32 add(F32 total, Values a, Values b) { return fma(a, b, total); }
};

#if defined(__AVX512BF16__)
template <>
struct Dot<bf16> {
  static constexpr int kStep = 2 * F32::kWidth;
  using Values = __m512bh;
  static Values values(const bf16* p) { return reinterpret_cast<__m512bh>(_mm512_loadu_si512(p)); }
  static Values values_part(const bf16* p, int count) {
    const __mmask32 lanes = (__mmask32{1} << count) - 1u;
    return reinterpret_cast<__m512bh>(_mm512_maskz_loadu_epi16(lanes, p));
  }
  static F32 add(F32 total, Values a, Values b) { return {_mm512_dpbf16_ps(total.v, a, b)}; }
};
#endif

}  // namespace lmos::cpu::LMOS_ISA
