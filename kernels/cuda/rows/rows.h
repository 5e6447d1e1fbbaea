// Rows by index: embedding lookup and its gradient.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/fault.h"
#include "cuda/float_type.h"

namespace lmos::cuda {

struct GatherRows {
  int64_t rows, row_bytes, tokens;
  const void* x;         // [rows, row_bytes]
  const int32_t* index;  // [tokens]; a row out of range becomes zeros and is reported
  void* y;               // [tokens, row_bytes]
  Fault* fault;
};
void gather_rows(cudaStream_t stream, const GatherRows& args);

// y[n] = Σ of dy[t] over the t with index[t] = n, in order of t, without atomic sums: tokens are
// sorted by row first.
struct ScatterAddRows {
  Float type, result_type;
  int64_t rows, width, tokens;  // rows and tokens below 2³¹
  const void* dy;               // [tokens, width]
  const int32_t* index;         // [tokens]; tokens out of range are left out and reported
  void* y;                      // [rows, width]
  void* scratch;                // scatter_add_scratch_bytes(), 256-byte aligned
  Fault* fault;
};
int64_t scatter_add_scratch_bytes(int64_t rows, int64_t tokens);
void scatter_add_rows(cudaStream_t stream, const ScatterAddRows& args);

}  // namespace lmos::cuda
