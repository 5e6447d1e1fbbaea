// What attention and its gradient share: checking the operands, and the layout in which the
// decomposition computes.
#pragma once

#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {

// Operands q, k, v at `first`, `first` + 1, `first` + 2: q [T,H,D]; k, v [T,K,D] of q's dtype; H a
// multiple of K.
void require_query_key_value(const InferContext& context, size_t first);
// `sequence` S divides T, and the optional operand `segments` is [T] i32. T is the first dim of
// operand q.
void require_sequences(const InferContext& context, size_t q, size_t segments);

// Operand `qkv` [T, H + 2K, D] holds the H heads (an attribute) of q, then the K of k and of v. The
// type of q, which is that of the result.
TensorType packed_result(const InferContext& context, size_t qkv);
// Its three parts.
struct UnpackedHeads {
  ValueId q, k, v;
};
UnpackedHeads unpack_heads(Builder& builder, ValueId qkv, int64_t heads);
// The attributes of the attention over the parts.
Attributes unpacked_attributes(const Attributes& packed);

// The decomposition's layout: B = T / S sequences, [B, H, S, D], in the wide dtype. Shapes must be
// numbers.
struct AttentionLayout {
  AttentionLayout(const TensorType& q, const TensorType& k, int64_t sequence);

  // x [T, H, D] as [B, H, S, D], and back.
  ValueId split(Builder& builder, ValueId x) const;
  ValueId join(Builder& builder, ValueId x) const;
  // x [T, K, D] as [B, H, S, D], each head repeated for its group; and back, summing over each
  // group.
  ValueId split_grouped(Builder& builder, ValueId x) const;
  ValueId join_grouped(Builder& builder, ValueId x) const;
  // statistic [T, H] as [B, H, S, 1]; and back.
  ValueId split_statistic(Builder& builder, ValueId statistic) const;
  ValueId join_statistic(Builder& builder, ValueId statistic) const;
  // scale · q kᵀ, [B, H, S, S], −1e30 where a token may not attend: far below any score, and
  // finite, so that no difference of two of them is NaN. `segments` may be kNoValue.
  ValueId scores(Builder& builder, ValueId q, ValueId k, ValueId segments,
                 const Attributes& attributes) const;

  int64_t tokens, heads, kv_heads, head_dim, sequence, sequences;
};

// The optional operand `state` is i64[2]; where it is there, attribute `rate` is in [0, 1).
void require_dropout(const InferContext& context, size_t state);
// Probabilities (or their gradients) [B, H, S, S] after dropout; unchanged where `state` is
// kNoValue.
ValueId after_dropout(Builder& builder, ValueId probabilities, ValueId state,
                      const Attributes& attributes);

// 4 T S H D for the two products; half of it if causal.
double attention_flops(const Graph& graph, ValueId q, const Attributes& attributes);

}  // namespace lmos::graph
