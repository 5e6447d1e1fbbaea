// Elementary functions on vectors, to about two units in the last place. Coefficients: S. Moshier,
// Cephes (single precision).
#pragma once

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {

inline constexpr float kLog2E = 1.44269504088896341f;
inline constexpr float kLn2 = 0.693147180559945309f;

// c[0]·xⁿ⁻¹ + … + c[n−1]
template <int n>
LMOS_INLINE F32 polynomial(F32 x, const float (&c)[n]) {
  F32 y = F32::set(c[0]);
  for (int i = 1; i < n; ++i) y = fma(y, x, F32::set(c[i]));
  return y;
}

// 2ⁿ for n in [-126, 127]
LMOS_INLINE F32 power_of_two(I32 n) { return from_bits(shift_left<23>(n + set_i32(127))); }

LMOS_INLINE F32 with_sign_of(F32 magnitude, F32 sign) {
  const I32 bit = set_i32(INT32_MIN);
  return from_bits(bits_of(magnitude) | (bits_of(sign) & bit));
}

LMOS_INLINE F32 exp(F32 x) {
  // The bound is the second operand's answer for NaN, so NaN passes through.
  x = maximum(F32::set(-104.f), minimum(F32::set(89.f), x));
  const F32 n = round(x * F32::set(kLog2E));
  F32 r = fnma(n, F32::set(0.693359375f), x);
  r = fnma(n, F32::set(-2.12194440e-4f), r);
  const F32 p = polynomial(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                               4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f});
  const F32 y = fma(p, r * r, r) + F32::set(1.f);
  // In two steps: 2ⁿ itself may be out of range although the product is not.
  const I32 whole = to_i32(n);
  const I32 half = shift_right_signed<1>(whole);
  return y * power_of_two(half) * power_of_two(whole - half);
}

// 2ˣ for x ≤ 0 in softmax: one step less, and 0 below −126.
LMOS_INLINE F32 exp2_nonpositive(F32 x) {
  const Mask underflow = less(x, F32::set(-126.f));
  const F32 n = round(x);
  const F32 p =
      polynomial(x - n, {1.535336188319500e-4f, 1.339887440266574e-3f, 9.618437357674640e-3f,
                         5.550332471162809e-2f, 2.402264791363012e-1f, 6.931472028550421e-1f, 1.f});
  return select(underflow, F32::zero(), p * power_of_two(to_i32(n)));
}

LMOS_INLINE F32 log(F32 x) {
  const F32 infinity = F32::set(__builtin_inff());
  const Mask tiny = less(x, F32::set(1.17549435e-38f));
  const F32 scaled = select(tiny, x * F32::set(8388608.f), x);
  const I32 bits = bits_of(scaled);
  const F32 bias = select(tiny, F32::set(126.f + 23.f), F32::set(126.f));
  F32 e = to_floats(shift_right_signed<23>(bits)) - bias;
  F32 m = from_bits((bits & set_i32(0x007fffff)) | set_i32(0x3f000000));  // in [½, 1)
  const Mask low = less(m, F32::set(0.707106781186547524f));
  e = select(low, e - F32::set(1.f), e);
  m = select(low, m + m, m) - F32::set(1.f);
  const F32 z = m * m;
  F32 y = polynomial(m, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f,
                         1.4249322787e-1f, -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f,
                         3.3333331174e-1f});
  y = y * m * z;
  y = fma(e, F32::set(-2.12194440e-4f), y);
  y = fnma(F32::set(0.5f), z, y);
  y = fma(e, F32::set(0.693359375f), m + y);
  y = select(equal(x, infinity), infinity, y);
  y = select(equal(x, F32::zero()), F32::zero() - infinity, y);
  y = select(less(x, F32::zero()), F32::set(__builtin_nanf("")), y);
  return select(is_nan(x), x, y);
}

LMOS_INLINE F32 sigmoid(F32 x) { return F32::set(1.f) / (F32::set(1.f) + exp(F32::zero() - x)); }

LMOS_INLINE F32 tanh(F32 x) {
  const F32 a = abs(x);
  const F32 z = x * x;
  const F32 p = polynomial(z, {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                               1.33314422036e-1f, -3.33332819422e-1f});
  const F32 small = fma(p * z, x, x);
  const F32 large = F32::set(1.f) - F32::set(2.f) / (exp(a + a) + F32::set(1.f));
  return select(less(a, F32::set(0.625f)), small, with_sign_of(large, x));
}

LMOS_INLINE F32 erf(F32 x) {
  const F32 a = abs(x);
  const F32 z = x * x;
  const F32 inner =
      x * polynomial(z, {7.853861353153693e-5f, -8.010193625184903e-4f, 5.188327685732524e-3f,
                         -2.685381193529856e-2f, 1.128358514861418e-1f, -3.761262582423300e-1f,
                         1.128379165726710e+0f});
  const F32 q = F32::set(1.f) / a;
  const F32 y = q * q;
  const F32 middle =
      polynomial(y, {2.326819970068386e-2f, -1.387039388740657e-1f, 3.687424674597105e-1f,
                     -5.824733027278666e-1f, 6.210004621745983e-1f, -4.944515323274145e-1f,
                     3.404879937665872e-1f, -2.741127028184656e-1f, 5.638259427386472e-1f});
  const F32 far =
      polynomial(y, {-1.047766399936249e+1f, 1.297719955372516e+1f, -7.495518717768503e+0f,
                     2.921019019210786e+0f, -1.015265279202700e+0f, 4.218463358204948e-1f,
                     -2.820767439740514e-1f, 5.641895067754075e-1f});
  const F32 tail = exp(F32::zero() - z) * q * select(less(a, F32::set(2.f)), middle, far);
  const F32 outer = with_sign_of(F32::set(1.f) - tail, x);
  return select(is_nan(x), x, select(less(a, F32::set(1.f)), inner, outer));
}

struct SinCos {
  F32 sin, cos;
};

LMOS_INLINE SinCos sin_cos(F32 x) {
  // The three-part reduction below is exact enough up to here; rarer, larger angles go through the
  // C library.
  constexpr float kLargestReduced = 8192.f;
  if (!(largest(abs(x)) <= kLargestReduced)) {
    float angle[F32::kWidth], s[F32::kWidth], c[F32::kWidth];
    x.store(angle);
    for (int i = 0; i < F32::kWidth; ++i) {
      s[i] = __builtin_sinf(angle[i]);
      c[i] = __builtin_cosf(angle[i]);
    }
    return {F32::load(s), F32::load(c)};
  }
  const F32 n = round(x * F32::set(0.636619772367581343f));
  F32 r = fnma(n, F32::set(1.5703125f), x);
  r = fnma(n, F32::set(4.837512969970703125e-4f), r);
  r = fnma(n, F32::set(7.54978995489188216e-8f), r);
  const F32 z = r * r;
  const F32 s =
      fma(polynomial(z, {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f}) * z, r, r);
  const F32 c =
      fma(polynomial(z, {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f}),
          z * z, fnma(F32::set(0.5f), z, F32::set(1.f)));
  const I32 quadrant = to_i32(n);
  const Mask even = equal(quadrant & set_i32(1), set_i32(0));
  const I32 sin_sign = shift_left<30>(quadrant & set_i32(2));
  const I32 cos_sign = shift_left<30>((quadrant + set_i32(1)) & set_i32(2));
  return {from_bits(bits_of(select(even, s, c)) ^ sin_sign),
          from_bits(bits_of(select(even, c, s)) ^ cos_sign)};
}

}  // namespace lmos::cpu::LMOS_ISA
