// Random numbers that depend on the seed, the step and the place alone: docs/ops.md, "Random
// numbers".
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/float_type.h"

namespace lmos::cuda {

// state: {seed, step}. y: [count], in [0, 1).
void random_uniform(cudaStream_t stream, const int64_t* state, uint32_t site, int64_t count,
                    float* y);
// y = u ≥ threshold ? x · scale : 0.
void dropout(cudaStream_t stream, Float type, const int64_t* state, uint32_t site, float threshold,
             float scale, int64_t count, const void* x, void* y);

}  // namespace lmos::cuda
