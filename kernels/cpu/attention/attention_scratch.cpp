#include "cpu/attention/attention.h"
#include "cpu/attention/block_sizes.h"

namespace lmos::cpu {

int64_t attention_scratch(const AttentionShape& shape, int32_t threads) {
  return forward_block_floats(shape.dim) * threads;
}

int64_t attention_grad_scratch(const AttentionShape& shape, int64_t sequence, int32_t threads) {
  return gradient_task_floats(shape.dim, sequence) * threads;
}

int64_t paged_attention_scratch(const AttentionShape& shape, int64_t capacity, int32_t threads) {
  const int64_t pieces = (capacity + kCachePiece - 1) / kCachePiece;
  const int64_t rows = shape.tokens * shape.heads;
  return forward_block_floats(shape.dim) * threads + rows * pieces * partial_floats(shape.dim);
}

}  // namespace lmos::cpu
