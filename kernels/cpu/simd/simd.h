// The vector of floats of the instruction set that this translation unit is compiled for.
//
// Kernels are written once over these types and compiled once for each instruction set, in the
// namespace lmos::cpu::LMOS_ISA (the build defines LMOS_ISA as baseline, avx2, avx512 or
// avx512_bf16). Everything that such a unit defines lives in that namespace, and it uses no
// function template of the standard library: otherwise the linker could keep the copy that was
// compiled for a newer machine than the one that runs it.
#pragma once

#include "cpu/float_type.h"

#if defined(__AVX512F__)
#include "cpu/simd/simd_avx512.h"
#elif defined(__AVX2__)
#include "cpu/simd/simd_avx2.h"
#else
#include "cpu/simd/simd_baseline.h"
#endif

#define LMOS_INLINE [[gnu::always_inline]] inline

namespace lmos::cpu::LMOS_ISA {

// Lanes of a whole vector, and of the last, shorter one of a row. Loads beyond a Part give 0.
struct Full {};
struct Part {
  int count;  // in [1, F32::kWidth)
};

template <class T>
LMOS_INLINE F32 load(const T* from, Full) {
  return F32::load(from);
}
template <class T>
LMOS_INLINE F32 load(const T* from, Part part) {
  return F32::load_part(from, part.count);
}
template <class T>
LMOS_INLINE void store(T* to, F32 value, Full) {
  value.store(to);
}
template <class T>
LMOS_INLINE void store(T* to, F32 value, Part part) {
  value.store_part(to, part.count);
}

// body(i, lanes) for i = 0, width, 2·width … < count, with lanes Full or, at the end, Part.
template <class Body>
LMOS_INLINE void vectors(int64_t count, const Body& body) {
  int64_t i = 0;
  for (; i + F32::kWidth <= count; i += F32::kWidth) body(i, Full{});
  if (i < count) body(i, Part{static_cast<int>(count - i)});
}

LMOS_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
LMOS_INLINE int64_t larger(int64_t a, int64_t b) { return a < b ? b : a; }
LMOS_INLINE int64_t round_up(int64_t value, int64_t step) {
  return (value + step - 1) / step * step;
}

template <class T>
struct Type {
  using type = T;
};

// body(Type<float>), body(Type<bf16>) or body(Type<f16>).
template <class Body>
LMOS_INLINE void with_type(Float type, const Body& body) {
  if (type == Float::f32) {
    body(Type<float>{});
  } else if (type == Float::f16) {
    body(Type<f16>{});
  } else {
    body(Type<bf16>{});
  }
}

}  // namespace lmos::cpu::LMOS_ISA
