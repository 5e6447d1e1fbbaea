// Products of any shape and alignment, in plain tiles: correct and slow.
#pragma once

#include "cuda/products/matmul.h"

namespace lmos::cuda {

void plain_matmul(cudaStream_t stream, const MatmulShape& shape, const void* a, const void* b,
                  const void* bias, void* y);

}  // namespace lmos::cuda
