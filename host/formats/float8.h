// The two 8-bit floating-point types (Micikevicius et al. 2022), decoded exactly.
#pragma once

#include <cstdint>

namespace lmos {

// 4 exponent bits, 3 mantissa bits, no infinities (F8_E4M3, "e4m3fn").
float f32_from_f8_e4m3(uint8_t bits);
// To nearest even; beyond the largest value, 448, that value. NaN stays NaN.
uint8_t f8_e4m3_from_f32(float value);
inline constexpr float kLargestE4m3 = 448;
// 5 exponent bits, 2 mantissa bits, as IEEE 754 (F8_E5M2).
float f32_from_f8_e5m2(uint8_t bits);

}  // namespace lmos
