// Rotary positions, as Hugging Face lays the pairs out: (i, i + head_dim / 2).
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/float_type.h"

namespace lmos::cuda {

struct Rope {
  Float type;
  bool inverse;  // the angles negated
  int64_t tokens, heads, head_dim;
  const void* x;             // [tokens, heads, head_dim]
  const int32_t* positions;  // [tokens]
  const float* frequencies;  // [head_dim / 2]
  void* y;                   // [tokens, heads, head_dim]
};

void rope(cudaStream_t stream, const Rope& args);

}  // namespace lmos::cuda
