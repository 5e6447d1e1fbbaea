// Four floats in the compiler's own vector type: any machine. Included by simd.h alone.
#pragma once

namespace lmos::cpu::LMOS_ISA {

using Floats = float __attribute__((vector_size(16)));
using Ints = int32_t __attribute__((vector_size(16)));

struct Mask {
  Ints bits;  // all ones or all zeros in each lane
};

struct I32 {
  Ints v;
};

struct F32 {
  static constexpr int kWidth = 4;
  Floats v;

  static F32 set(float x) { return {Floats{x, x, x, x}}; }
  static F32 zero() { return {Floats{}}; }

  template <class T>
  static F32 load(const T* p) {
    return load_part(p, kWidth);
  }
  template <class T>
  static F32 load_part(const T* p, int n) {
    F32 result = zero();
    for (int i = 0; i < n; ++i) result.v[i] = lmos::cpu::to_f32(p[i]);
    return result;
  }
  template <class T>
  void store(T* p) const {
    store_part(p, kWidth);
  }
  template <class T>
  void store_part(T* p, int n) const {
    for (int i = 0; i < n; ++i) from_f32(v[i], p[i]);
  }
};

inline F32 operator+(F32 a, F32 b) { return {a.v + b.v}; }
inline F32 operator-(F32 a, F32 b) { return {a.v - b.v}; }
inline F32 operator*(F32 a, F32 b) { return {a.v * b.v}; }
inline F32 operator/(F32 a, F32 b) { return {a.v / b.v}; }
// a·b + c
inline F32 fma(F32 a, F32 b, F32 c) { return {a.v * b.v + c.v}; }
// c − a·b
inline F32 fnma(F32 a, F32 b, F32 c) { return {c.v - a.v * b.v}; }
inline F32 minimum(F32 a, F32 b) { return {a.v < b.v ? a.v : b.v}; }
inline F32 maximum(F32 a, F32 b) { return {a.v > b.v ? a.v : b.v}; }
inline F32 sqrt(F32 a) {
  for (int i = 0; i < F32::kWidth; ++i) a.v[i] = __builtin_sqrtf(a.v[i]);
  return a;
}
inline F32 round(F32 a) {
  for (int i = 0; i < F32::kWidth; ++i) a.v[i] = __builtin_rintf(a.v[i]);
  return a;
}
inline F32 abs(F32 a) {
  for (int i = 0; i < F32::kWidth; ++i) a.v[i] = __builtin_fabsf(a.v[i]);
  return a;
}
inline float sum(F32 a) { return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]); }
inline float largest(F32 a) {
  const float x = a.v[0] > a.v[1] ? a.v[0] : a.v[1];
  const float y = a.v[2] > a.v[3] ? a.v[2] : a.v[3];
  return x > y ? x : y;
}

inline Mask less(F32 a, F32 b) { return {a.v < b.v}; }
inline Mask equal(F32 a, F32 b) { return {a.v == b.v}; }
inline Mask is_nan(F32 a) { return {a.v != a.v}; }
inline F32 select(Mask m, F32 a, F32 b) { return {m.bits ? a.v : b.v}; }

inline I32 set_i32(int32_t x) { return {Ints{x, x, x, x}}; }
inline I32 to_i32(F32 a) { return {__builtin_convertvector(round(a).v, Ints)}; }
inline F32 to_floats(I32 a) { return {__builtin_convertvector(a.v, Floats)}; }
inline I32 bits_of(F32 a) { return {reinterpret_cast<Ints>(a.v)}; }
inline F32 from_bits(I32 a) { return {reinterpret_cast<Floats>(a.v)}; }
inline I32 operator+(I32 a, I32 b) { return {a.v + b.v}; }
inline I32 operator-(I32 a, I32 b) { return {a.v - b.v}; }
inline I32 operator&(I32 a, I32 b) { return {a.v & b.v}; }
inline I32 operator|(I32 a, I32 b) { return {a.v | b.v}; }
inline I32 operator^(I32 a, I32 b) { return {a.v ^ b.v}; }
template <int n>
inline I32 shift_left(I32 a) {
  return {a.v << n};
}
template <int n>
inline I32 shift_right_signed(I32 a) {
  return {a.v >> n};
}
inline I32 load_i32(const int32_t* p) { return {Ints{p[0], p[1], p[2], p[3]}}; }
inline Mask less(I32 a, I32 b) { return {a.v < b.v}; }
inline bool any(Mask m) { return (m.bits[0] | m.bits[1] | m.bits[2] | m.bits[3]) != 0; }
inline Mask equal(I32 a, I32 b) { return {a.v == b.v}; }

// Row i becomes column i.
inline void transpose(F32 (&rows)[4]) {
  for (int i = 0; i < 4; ++i) {
    for (int k = 0; k < i; ++k) {
      const float swapped = rows[i].v[k];
      rows[i].v[k] = rows[k].v[i];
      rows[k].v[i] = swapped;
    }
  }
}

}  // namespace lmos::cpu::LMOS_ISA
