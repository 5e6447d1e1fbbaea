// Which blocks of a sequence's scores are needed at all, and which of them need a mask.
#pragma once

#include <climits>
#include <cstdint>

namespace lmos::cuda {

enum Visibility : uint8_t { kHidden = 0, kMixed = 1, kVisible = 2 };

// The least and the greatest segment of tokens [begin, end), for every lane of a warp.
__device__ inline int2 segment_range(const int32_t* segments, int begin, int end) {
  int low = INT_MAX, high = INT_MIN;
  for (int i = begin + static_cast<int>(threadIdx.x & 31); i < end; i += 32) {
    low = min(low, segments[i]);
    high = max(high, segments[i]);
  }
  return {__reduce_min_sync(0xffffffffu, low), __reduce_max_sync(0xffffffffu, high)};
}

// For each block of kBlock tokens of one sequence, how tokens [first, end) see its segments (or are
// seen from them): writes blocks [0, count) of `result` in shared memory and returns after a
// barrier. `segments` are those of the sequence.
template <int kBlock>
__device__ inline void classify_blocks(const int32_t* segments, int sequence, int first, int end,
                                       int count, uint8_t* result) {
  const int2 own = segment_range(segments, first, end);
  const int warps = static_cast<int>(blockDim.x) / 32;
  for (int b = static_cast<int>(threadIdx.x) / 32; b < count; b += warps) {
    const int2 range = segment_range(segments, b * kBlock, min(sequence, (b + 1) * kBlock));
    const bool apart = range.y < own.x || range.x > own.y;
    const bool same = range.x == range.y && own.x == own.y;
    if ((threadIdx.x & 31) == 0) result[b] = apart ? kHidden : same ? kVisible : kMixed;
  }
  __syncthreads();
}

// The first block from `block` on that is not hidden, or `count`. `blocks` may be null: none is.
__device__ inline int next_block(const uint8_t* blocks, int block, int count) {
  if (blocks != nullptr) {
    while (block < count && blocks[block] == kHidden) ++block;
  }
  return block;
}

}  // namespace lmos::cuda
