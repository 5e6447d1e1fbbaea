// The kernels' names for the types that weights are quantised to.
#pragma once

#include "cuda/products/skinny.h"
#include "operation.h"

namespace lmos::backend_cuda {

// Of a tensor that is_quantized().
inline cuda::WeightFormat weight_format(const Tensor& q) {
  return q.dtype == LMOS_I8 ? cuda::WeightFormat::int8 : cuda::WeightFormat::e4m3;
}

}  // namespace lmos::backend_cuda
