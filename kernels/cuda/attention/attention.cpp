#include "cuda/attention/kernels.h"

namespace lmos::cuda {

bool attention_covers(const AttentionShape& shape) {
  if (shape.dim < 1 || shape.dim > 256) return false;
  if (shape.type == Float::f32) return true;
  return (shape.type == Float::bf16 || shape.type == Float::f16) && shape.dim % 8 == 0;
}

void attention(cudaStream_t stream, const Attention& args) {
  if (args.shape.type == Float::f32) {
    attention_f32(stream, args);
  } else if (!attention_warpgroup(stream, args)) {
    attention_tensor_core(stream, args);
  }
}

int64_t attention_grad_scratch_bytes(const AttentionShape& shape, int64_t sequence) {
  const int64_t statistics =
      shape.tokens / sequence * shape.heads * statistics_rows(sequence) * sizeof(RowStatistics);
  return statistics + shape.tokens * shape.heads * shape.dim * 4;
}

void attention_grad(cudaStream_t stream, const AttentionGrad& args) {
  if (args.shape.type == Float::f32) {
    attention_grad_f32(stream, args);
  } else {
    attention_grad_tensor_core(stream, args, true);
  }
}

}  // namespace lmos::cuda
