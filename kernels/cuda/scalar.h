// The element types of kernels.
#pragma once

#include <cstdint>

namespace lmos::cuda {

enum class Scalar : int32_t { f64, f32, bf16, i64, i32 };

constexpr int64_t bytes_of(Scalar type) {
  return type == Scalar::f64 || type == Scalar::i64 ? 8 : type == Scalar::bf16 ? 2 : 4;
}

}  // namespace lmos::cuda
