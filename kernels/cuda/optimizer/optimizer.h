// AdamW, and the norm that clipping needs.
#pragma once

#include <cuda_runtime_api.h>

#include <span>

#include "cuda/float_type.h"

namespace lmos::cuda {

struct NormPart {
  const void* data;
  int64_t count;
  Float type;
};

// norm = (Σ of squares over all parts)^½. scratch: global_norm_scratch_bytes(). Many parts a
// kernel, in a fixed order.
int64_t global_norm_scratch_bytes(std::span<const int64_t> counts);
void global_norm(cudaStream_t stream, std::span<const NormPart> parts, float* norm, void* scratch);

// docs/ops.md, `adamw`.
struct AdamW {
  Float parameter_type, moment_type, gradient_type;
  bool decay;
  int64_t count;
  void* parameter;
  void* m;
  void* v;
  const void* gradient;
  const float* hyper;  // [7]
  const float* clip;   // one
};
void adamw(cudaStream_t stream, const AdamW& args);

}  // namespace lmos::cuda
