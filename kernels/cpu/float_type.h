// The element types that kernels compute on. Arithmetic is f32 whatever the storage.
#pragma once

#include <cstdint>

namespace lmos::cpu {

enum class Float : int32_t { f32, bf16, f16 };

struct bf16 {
  uint16_t bits;
};

struct f16 {  // IEEE binary16
  uint16_t bits;
};

// Always inlined: a copy compiled for one instruction set must never serve another.
[[gnu::always_inline]] inline float to_f32(float value) { return value; }

[[gnu::always_inline]] inline float to_f32(bf16 value) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(value.bits) << 16);
}

// Rounds to nearest even; NaN stays NaN.
[[gnu::always_inline]] inline bf16 to_bf16(float value) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>((bits >> 16) | 0x40u)};
  return {static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

[[gnu::always_inline]] inline float to_f32(f16 value) {
  const uint32_t sign = static_cast<uint32_t>(value.bits & 0x8000u) << 16;
  const uint32_t size = value.bits & 0x7fffu;
  if (size >= 0x7c00u) {  // infinity, or a NaN, which becomes quiet
    const uint32_t quiet = size > 0x7c00u ? 0x400000u : 0u;
    return __builtin_bit_cast(float, sign | 0x7f800000u | quiet | (size & 0x3ffu) << 13);
  }
  // The bits in their place in a float are the value times 2^-112, the difference of the biases;
  // but as no float that is subnormal must take part, subnormal values are counted instead.
  const float number = size < 0x400u ? static_cast<float>(size) * 0x1p-24f
                                     : __builtin_bit_cast(float, (size << 13) + (112u << 23));
  return __builtin_bit_cast(float, sign | __builtin_bit_cast(uint32_t, number));
}

// Rounds to nearest even, from 65520 on to infinity; NaN stays NaN.
[[gnu::always_inline]] inline f16 to_f16(float value) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, value);
  const uint32_t sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) return {static_cast<uint16_t>(sign | 0x7e00u | (size >> 13 & 0x1ffu))};
  if (size >= 0x477ff000u) return {static_cast<uint16_t>(sign | 0x7c00u)};
  if (size >= 0x38800000u) {  // 2^-14: a carry of the rounding runs into the exponent
    const uint32_t rounded = size - (112u << 23) + 0xfffu + (size >> 13 & 1u);
    return {static_cast<uint16_t>(sign | rounded >> 13)};
  }
  const uint32_t exponent = size >> 23;
  if (exponent < 102) return {static_cast<uint16_t>(sign)};  // below half of the least subnormal
  const uint32_t mantissa = (size & 0x7fffffu) | 0x800000u, shift = 126 - exponent;
  const uint32_t rounded = mantissa + (1u << (shift - 1)) - 1 + (mantissa >> shift & 1u);
  return {static_cast<uint16_t>(sign | rounded >> shift)};
}

[[gnu::always_inline]] inline void from_f32(float value, float& to) { to = value; }
[[gnu::always_inline]] inline void from_f32(float value, f16& to) { to = to_f16(value); }
[[gnu::always_inline]] inline void from_f32(float value, bf16& to) { to = to_bf16(value); }

inline constexpr int64_t bytes_of(Float type) { return type == Float::f32 ? 4 : 2; }

}  // namespace lmos::cpu
