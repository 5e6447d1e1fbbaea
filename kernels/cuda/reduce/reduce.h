// Sums and maxima over axes.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/scalar.h"

namespace lmos::cuda {

inline constexpr int32_t kMaxReduceRank = 8;

// y[kept index] = sum or maximum of x over the reduced axes. Sums of bf16 and f32 are f32, in a
// fixed order; the maximum of nothing is the lowest value.
struct Reduce {
  bool maximum;
  Scalar type;         // of x
  Scalar result_type;  // of y: that of x, or for sums f32, bf16 or f16 where x is one of them
  int32_t kept_rank, reduced_rank;
  int64_t kept, reduced;  // elements of each
  int64_t kept_dims[kMaxReduceRank], kept_steps[kMaxReduceRank];
  int64_t reduced_dims[kMaxReduceRank], reduced_steps[kMaxReduceRank];
};

int64_t reduce_scratch_bytes(const Reduce& args);
void reduce(cudaStream_t stream, const Reduce& args, const void* x, void* y, void* scratch);

}  // namespace lmos::cuda
