// The product of one row with large matrices, on devices that copy to shared memory by themselves
// (compute capability 9.0 on).
#pragma once

#include "cuda/products/skinny.h"

namespace lmos::cuda {

// Enqueues the product and returns true if this kernel covers it: one row of 16 bits, weights of
// that type, at least 4096 inputs, but few enough to leave room for weights in shared memory, and
// outputs.
bool streamed_product(cudaStream_t stream, const Skinny& args);

}  // namespace lmos::cuda
