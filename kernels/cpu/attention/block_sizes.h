// Layout of the attention kernels' scratch memory. Sizes are in floats; every area starts on a
// 64-byte boundary.
#pragma once

#include "cpu/attention/attention.h"

namespace lmos::cpu {

// Rows are padded to whole vectors of the widest instruction set.
constexpr int64_t padded_dim(int64_t dim) { return (dim + 15) / 16 * 16; }

// Queries, scores, transposed keys, values and the output of one block; the running maximum and sum
// of each row.
constexpr int64_t forward_block_floats(int64_t dim) {
  const int64_t d = padded_dim(dim);
  return kQueryBlock * d + kQueryBlock * kKeyBlock + d * kKeyBlock + kKeyBlock * d +
         kQueryBlock * d + 2 * kQueryBlock;
}

// A partial result of one row over one piece of a cached context: maximum and sum, then the
// unnormalised output.
inline constexpr int64_t kPartialHeader = 16;

// For one key head: dk, dv of the sequence; q, dy and dq of one query head; delta; the packed block
// of keys and values (keys, transposed keys, transposed values); the two matrices of scores.
constexpr int64_t gradient_task_floats(int64_t dim, int64_t sequence) {
  const int64_t d = padded_dim(dim);
  const int64_t rows = (sequence + 15) / 16 * 16;
  return 5 * rows * d + rows + 3 * kKeyBlock * d + 2 * kQueryBlock * kKeyBlock;
}

}  // namespace lmos::cpu
