// bfloat16 and IEEE binary16 to and from float32, bit for bit the same on every machine.
#pragma once

#include <cstdint>
#include <span>

namespace lmos {

// To 16 bits: round to nearest, ties to even; overflow gives infinity; a NaN stays a NaN with its
// sign. To 32 bits: exact.
uint16_t bf16_from_f32(float value);
float f32_from_bf16(uint16_t bits);
uint16_t f16_from_f32(float value);
float f32_from_f16(uint16_t bits);

// Whole arrays: from and to: [n], of the same length, not overlapping.
void bf16_from_f32(std::span<const float> from, std::span<uint16_t> to);
void f32_from_bf16(std::span<const uint16_t> from, std::span<float> to);
void f16_from_f32(std::span<const float> from, std::span<uint16_t> to);
void f32_from_f16(std::span<const uint16_t> from, std::span<float> to);

}  // namespace lmos
