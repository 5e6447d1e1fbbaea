// The rate at which this device reads its memory.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace lmos::cuda::testing {

// Reads `bytes`, a multiple of 16, from `data`; writes one word to `sum`.
void read_all(const void* data, int64_t bytes, uint32_t* sum, cudaStream_t stream);

}  // namespace lmos::cuda::testing
