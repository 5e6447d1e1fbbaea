// Weights that are stored in one byte, as floats: exact in bf16 and f16 too. Written so that the
// compiler makes vector code of it.
#pragma once

#include "cpu/products/skinny.h"
#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {

LMOS_INLINE void put_exact(float value, float& to) { to = value; }
LMOS_INLINE void put_exact(float value, bf16& to) {
  to = {static_cast<uint16_t>(__builtin_bit_cast(uint32_t, value) >> 16)};
}
LMOS_INLINE void put_exact(float value, f16& to) {
  // Of the values of both formats none is subnormal in f16 (the least is 2^-9), and 0 is 0.
  const uint32_t bits = __builtin_bit_cast(uint32_t, value);
  const uint32_t size = bits & 0x7fffffffu;
  to = {
      static_cast<uint16_t>((bits >> 16 & 0x8000u) | (size == 0 ? 0u : size - (112u << 23)) >> 13)};
}

LMOS_INLINE float stored_value(int8_t q) { return static_cast<float>(q); }

struct E4m3 {
  uint8_t bits;
};
// The bits in their place in a float are the value times 2^-120, the difference of the biases.
LMOS_INLINE float stored_value(E4m3 q) {
  const uint32_t sign = (q.bits & 0x80u) << 24, size = (q.bits & 0x7fu) << 20;
  return __builtin_bit_cast(float, sign | size) * 0x1p120f;
}

template <class Q, class T>
LMOS_INLINE void widen_values(const Q* q, int64_t count, T* to) {
  for (int64_t i = 0; i < count; ++i) put_exact(stored_value(q[i]), to[i]);
}

template <class T>
void widen_weights(WeightFormat format, const void* q, int64_t count, T* to) {
  if (format == WeightFormat::int8) {
    widen_values(static_cast<const int8_t*>(q), count, to);
  } else {
    widen_values(static_cast<const E4m3*>(q), count, to);
  }
}

}  // namespace lmos::cpu::LMOS_ISA
