// Copies between layouts: transpose, slice, broadcast, concatenate and pad are all one loop nest
// over strides.
#pragma once

#include <cstdint>

#include "cpu/parallel.h"

namespace lmos::cpu {

inline constexpr int32_t kMaxCopyRank = 8;

// to[Σ i·to_step] = from[Σ i·from_step] over all indices i in dims. Steps are in elements; 0
// repeats.
struct StridedCopy {
  int32_t element_bytes;  // 1, 2, 4 or 8
  int32_t rank;           // at least 1
  int64_t dims[kMaxCopyRank];
  int64_t from_steps[kMaxCopyRank];
  int64_t to_steps[kMaxCopyRank];
};

// Joins neighbouring dimensions that one step covers and drops those of size 1.
StridedCopy simplified(const StridedCopy& copy);

void strided_copy(const Parallel& parallel, const StridedCopy& copy, const void* from, void* to);

// to[i] = the element at `value`, for i < count.
void fill(const Parallel& parallel, int32_t element_bytes, const void* value, int64_t count,
          void* to);

}  // namespace lmos::cpu
