// The element types of kernels.
#pragma once

#include <cstdint>

#include "cuda/float_type.h"

namespace lmos::cuda {

enum class Scalar : int32_t { f64, f32, bf16, f16, i64, i32 };

constexpr int64_t bytes_of(Scalar type) {
  switch (type) {
    case Scalar::f64:
    case Scalar::i64:
      return 8;
    case Scalar::bf16:
    case Scalar::f16:
      return 2;
    case Scalar::f32:
    case Scalar::i32:
      break;
  }
  return 4;
}

constexpr Scalar scalar_of(Float type) {
  return type == Float::f32 ? Scalar::f32 : type == Float::bf16 ? Scalar::bf16 : Scalar::f16;
}

}  // namespace lmos::cuda
