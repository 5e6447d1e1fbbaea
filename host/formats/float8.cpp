#include "formats/float8.h"

#include <bit>
#include <cmath>
#include <limits>

#include "formats/half.h"

namespace lmos {

float f32_from_f8_e4m3(uint8_t bits) {
  constexpr int kBias = 7, kMantissaBits = 3;
  const int exponent = bits >> kMantissaBits & 15;
  const int mantissa = bits & 7;
  const float sign = bits & 0x80 ? -1.0f : 1.0f;
  if (exponent == 15 && mantissa == 7)
    return std::copysign(std::numeric_limits<float>::quiet_NaN(), sign);
  if (exponent == 0)
    return sign * std::ldexp(static_cast<float>(mantissa), 1 - kBias - kMantissaBits);
  return sign * std::ldexp(static_cast<float>(8 + mantissa), exponent - kBias - kMantissaBits);
}

uint8_t f8_e4m3_from_f32(float value) {
  constexpr uint32_t kDropped = 20;                         // of the 23 bits of mantissa
  constexpr uint32_t kBiasDifference = 127 - 7;             // of the exponents
  constexpr float kLeastNormal = 0x1p-6f, kStep = 0x1p-9f;  // steps of the values below it
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint8_t>(bits >> 24 & 0x80);
  const float size = std::abs(value);
  if (std::isnan(value)) return sign | 0x7f;
  if (size >= kLargestE4m3) return sign | 0x7e;
  if (size < kLeastNormal)
    return static_cast<uint8_t>(sign | static_cast<uint8_t>(std::nearbyint(size / kStep)));
  uint32_t rounded = bits & 0x7fffffff;
  rounded += (1u << (kDropped - 1)) - 1 + (rounded >> kDropped & 1);
  return static_cast<uint8_t>(sign | ((rounded >> kDropped) - (kBiasDifference << 3)));
}

// The upper half of a binary16.
float f32_from_f8_e5m2(uint8_t bits) { return f32_from_f16(static_cast<uint16_t>(bits << 8)); }

}  // namespace lmos
