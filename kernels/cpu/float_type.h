// The element types that kernels compute on. Arithmetic is f32 whatever the storage.
#pragma once

#include <cstdint>

namespace lmos::cpu {

enum class Float : int32_t { f32, bf16 };

struct bf16 {
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

[[gnu::always_inline]] inline void from_f32(float value, float& to) { to = value; }
[[gnu::always_inline]] inline void from_f32(float value, bf16& to) { to = to_bf16(value); }

inline constexpr int64_t bytes_of(Float type) { return type == Float::f32 ? 4 : 2; }

}  // namespace lmos::cpu
