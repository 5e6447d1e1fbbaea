// Quantised weights back to floats, for products of many rows.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/float_type.h"
#include "cuda/products/skinny.h"

namespace lmos::cuda {

// w [outputs, inputs] of `type` (any) = q · scales [outputs]; q in e4m3 or int8. 16-byte
// aligned.
void dequantize(cudaStream_t stream, WeightFormat format, Float type, int64_t outputs,
                int64_t inputs, const void* q, const float* scales, void* w);

}  // namespace lmos::cuda
