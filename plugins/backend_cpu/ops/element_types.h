// The kernels' names for the dtypes that operations compute on.
#pragma once

#include "cpu/elementwise/scalar.h"
#include "operation.h"

namespace lmos::backend_cpu {

inline cpu::Scalar scalar_type(const Tensor& tensor) {
  switch (tensor.dtype) {
    case LMOS_F64:
      return cpu::Scalar::f64;
    case LMOS_F32:
      return cpu::Scalar::f32;
    case LMOS_BF16:
      return cpu::Scalar::bf16;
    case LMOS_F16:
      return cpu::Scalar::f16;
    case LMOS_I64:
      return cpu::Scalar::i64;
    default:
      return cpu::Scalar::i32;
  }
}

}  // namespace lmos::backend_cpu
