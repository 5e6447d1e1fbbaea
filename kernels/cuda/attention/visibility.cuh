// Which blocks of a sequence's scores are needed at all, and which of them need a mask.
#pragma once

#include <climits>
#include <cstdint>

namespace lmos::cuda {

enum Visibility : uint8_t { kHidden = 0, kMixed = 1, kVisible = 2 };

// For each block of kBlock tokens of one sequence, how tokens [first, end) see its segments (or are
// seen from them): writes blocks [0, count) of `result` in shared memory and returns after a
// barrier. `segments` are those of the sequence.
template <int kBlock>
__device__ inline void classify_blocks(const int32_t* segments, int sequence, int first, int end,
                                       int count, uint8_t* result) {
  __shared__ int low, high;
  if (threadIdx.x == 0) low = INT_MAX, high = INT_MIN;
  __syncthreads();
  for (int i = first + static_cast<int>(threadIdx.x); i < end; i += static_cast<int>(blockDim.x)) {
    atomicMin(&low, segments[i]);
    atomicMax(&high, segments[i]);
  }
  __syncthreads();
  for (int b = static_cast<int>(threadIdx.x); b < count; b += static_cast<int>(blockDim.x)) {
    int block_low = INT_MAX, block_high = INT_MIN;
    for (int i = b * kBlock; i < min(sequence, (b + 1) * kBlock); ++i) {
      block_low = min(block_low, segments[i]);
      block_high = max(block_high, segments[i]);
    }
    const bool apart = block_high < low || block_low > high;
    const bool same = block_low == block_high && low == high;
    result[b] = apart ? kHidden : same ? kVisible : kMixed;
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
