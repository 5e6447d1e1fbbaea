// Layout of the attention kernels' scratch memory. Sizes are in floats; every area starts on a
// 64-byte boundary.
#pragma once

#include "cpu/attention/attention.h"

namespace lmos::cpu {

// Rows are padded to whole vectors of the widest instruction set.
constexpr int64_t padded(int64_t count) { return (count + 15) / 16 * 16; }

// Of one block: queries, keys, values, scores, probabilities, what dropout makes of them, and
// output; the limit, segment, running maximum, sum and a factor of each query.
constexpr int64_t forward_block_floats(int64_t dim) {
  return 4 * padded(dim) * kQueryBlock + 3 * kKeyBlock * kQueryBlock + 5 * kQueryBlock;
}

// A partial result of one row over one piece of a cached context: maximum and sum, then the output
// before normalisation.
inline constexpr int64_t kPartialHeader = 16;
constexpr int64_t partial_floats(int64_t dim) { return padded(dim) + kPartialHeader; }

// For one key head: dk and dv of the sequence; of one query head q and dy, each as rows and
// transposed, dq, lse, delta and segments; of a block of keys the keys as rows and packed, and the
// values; scores and their gradients, each as f32 and as two operands; what dropout makes of
// probabilities.
constexpr int64_t gradient_task_floats(int64_t dim, int64_t sequence) {
  const int64_t rows = (sequence + kQueryBlock - 1) / kQueryBlock * kQueryBlock;
  return 7 * rows * padded(dim) + 3 * rows + 3 * kKeyBlock * padded(dim) +
         6 * kQueryBlock * kKeyBlock;
}

}  // namespace lmos::cpu
