// What linear_cross_entropy, its gradient and the step of both share.
#pragma once

#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {

// Operands x [T,E], w [V,E] of x's dtype and labels [T] i32 at `first`, `first` + 1, `first` + 2.
void require_hidden_weight_labels(const InferContext& context, size_t first);
// [T] in the dtype of statistics: of loss, lse and dloss.
TensorType per_token(const TensorType& x);
// The gradient of w: its dims in the dtype of attribute `dtype`, by default w's.
TensorType weight_gradient(const InferContext& context, const TensorType& w);

// x wᵀ [T, V] in the wide dtype.
ValueId logits(Builder& builder, ValueId x, ValueId w);
// 1 where the column is the token's label: dims [T, V], dtype i32.
ValueId label_mask(Builder& builder, ValueId labels, const std::vector<int64_t>& dims);
// per_token values, 0 where the label is `ignore`.
ValueId zero_where_ignored(Builder& builder, ValueId values, ValueId labels, int64_t ignore);

// 2 T V E: one product.
double logits_flops(const Graph& graph, ValueId x, ValueId w);

}  // namespace lmos::graph
