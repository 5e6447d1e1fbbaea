// What linear_cross_entropy, its gradient and the step of both share.
#pragma once

#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {

// Operands x [T,E], w [V,E] of x's dtype and labels [T] i32 at `first`, `first` + 1, `first` + 2;
// the optional operand `bias` is [V] of any float dtype.
void require_head(const InferContext& context, size_t first, size_t bias);
// [T] in the dtype of statistics: of loss, lse and dloss.
TensorType per_token(const TensorType& x);
// Appends the gradients of w, in the dtype of attribute `dtype`, by default w's, and of the bias,
// in its own, if it is there.
void append_head_gradients(const InferContext& context, size_t w, size_t bias,
                           std::vector<TensorType>& types);

// x wᵀ + bias [T, V] in the wide dtype; `bias` may be kNoValue.
ValueId logits(Builder& builder, ValueId x, ValueId w, ValueId bias);
// 1 where the column is the token's label: dims [T, V], dtype i32.
ValueId label_mask(Builder& builder, ValueId labels, const std::vector<int64_t>& dims);
// per_token values, 0 where the label is `ignore`.
ValueId zero_where_ignored(Builder& builder, ValueId values, ValueId labels, int64_t ignore);

// 2 T V E: one product.
double logits_flops(const Graph& graph, ValueId x, ValueId w);

}  // namespace lmos::graph
