#include "formats/float8.h"

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

// The upper half of a binary16.
float f32_from_f8_e5m2(uint8_t bits) { return f32_from_f16(static_cast<uint16_t>(bits << 8)); }

}  // namespace lmos
