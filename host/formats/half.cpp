#include "formats/half.h"

#include <bit>
#include <cassert>
#include <cstddef>

namespace lmos {
namespace {

constexpr uint32_t kF32Infinity = 0x7f800000;

template <typename From, typename To>
void convert(std::span<const From> from, std::span<To> to, To (*one)(From)) {
  assert(from.size() == to.size());
  for (size_t i = 0; i < from.size(); ++i) to[i] = one(from[i]);
}

// Drops the low `shift` bits of `mantissa`, rounding to nearest, ties to even. 1 <= shift <= 31
uint32_t round_shift(uint32_t mantissa, uint32_t shift) {
  uint32_t half_less_one = (1u << (shift - 1)) - 1;
  uint32_t odd = (mantissa >> shift) & 1;
  return (mantissa + half_less_one + odd) >> shift;
}

}  // namespace

uint16_t bf16_from_f32(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  // Rounding could carry a NaN's mantissa away into infinity, so NaNs are cut and made quiet.
  if ((bits & 0x7fffffff) > kF32Infinity) return static_cast<uint16_t>((bits >> 16) | 0x0040);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

float f32_from_bf16(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

uint16_t f16_from_f32(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint32_t sign = (bits >> 16) & 0x8000;
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > kF32Infinity)
    return static_cast<uint16_t>(sign | 0x7e00 | ((magnitude >> 13) & 0x1ff));
  uint32_t exponent = magnitude >> 23;  // biased by 127; binary16 is biased by 15
  if (exponent >= 113 + 30) return static_cast<uint16_t>(sign | 0x7c00);
  if (exponent >= 113) {
    // Normal: the carry of the rounding may run into the exponent, up to infinity, which is right.
    return static_cast<uint16_t>(sign | round_shift(magnitude - (112u << 23), 13));
  }
  if (exponent < 102) return static_cast<uint16_t>(sign);  // below half of the least subnormal
  uint32_t mantissa = (magnitude & 0x7fffff) | 0x800000;
  return static_cast<uint16_t>(sign | round_shift(mantissa, 126 - exponent));
}

float f32_from_f16(uint16_t bits) {
  uint32_t sign = uint32_t{bits & 0x8000u} << 16;
  uint32_t exponent = (bits >> 10) & 0x1f;
  uint32_t mantissa = bits & 0x3ff;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | kF32Infinity | (mantissa << 13));
  if (exponent != 0)
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  float magnitude = static_cast<float>(mantissa) * 0x1p-24f;  // exact, also for zero
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
}

void bf16_from_f32(std::span<const float> from, std::span<uint16_t> to) {
  convert<float, uint16_t>(from, to, bf16_from_f32);
}

void f32_from_bf16(std::span<const uint16_t> from, std::span<float> to) {
  convert<uint16_t, float>(from, to, f32_from_bf16);
}

void f16_from_f32(std::span<const float> from, std::span<uint16_t> to) {
  convert<float, uint16_t>(from, to, f16_from_f32);
}

void f32_from_f16(std::span<const uint16_t> from, std::span<float> to) {
  convert<uint16_t, float>(from, to, f32_from_f16);
}

}  // namespace lmos
