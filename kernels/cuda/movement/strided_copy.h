// Copies between strided arrays.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <vector>

namespace lmos::cuda {

inline constexpr int32_t kMaxCopyRank = 8;

// to[Σ index · to_steps] = from[Σ index · from_steps] for each index of dims.
struct StridedCopy {
  int32_t element_bytes;  // 2, 4, 8 or 16
  int32_t rank;           // at most kMaxCopyRank
  int64_t count;          // of elements
  int64_t dims[kMaxCopyRank];
  int64_t from_steps[kMaxCopyRank], to_steps[kMaxCopyRank];  // elements
};

// Joins dimensions that one step covers, and elements into as large ones as alignment allows:
// `from` and `to` will be 16-byte aligned but for these offsets, of elements.
StridedCopy plan_copy(int32_t element_bytes, const std::vector<int64_t>& dims,
                      const std::vector<int64_t>& from_steps, const std::vector<int64_t>& to_steps,
                      int64_t from_offset, int64_t to_offset);

void strided_copy(cudaStream_t stream, const StridedCopy& copy, const void* from, void* to);

}  // namespace lmos::cuda
