// The largest elements of each row, and the sum that their softmax divides by.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/float_type.h"

namespace lmos::cuda {

inline constexpr int64_t kMostLargest = 256;

// Of the first `columns` elements of each row, the `count` largest, descending, equal ones by their
// column, and sum[n] = Σ exp((x[n, c] − values[n, 0]) · scale[n]) over these columns, in a fixed
// order. A NaN or +∞ among them makes the sum NaN.
struct Largest {
  Float type;
  int64_t rows, width, columns, count;  // columns at most width; count at most kMostLargest and
                                        // columns; rows below 65536, width below 2³¹
  const void* x;                        // [rows, width]
  const float* scale;                   // [rows]
  void* values;                         // [rows, count], of x's type
  int32_t* ids;                         // [rows, count]
  float* sum;                           // [rows]
  void* scratch;                        // largest_scratch_bytes(), 256-byte aligned
};
int64_t largest_scratch_bytes(int64_t rows, int64_t columns, int64_t count);
void largest(cudaStream_t stream, const Largest& args);

}  // namespace lmos::cuda
