// Phrases that VJPs and decompositions are written in.
#pragma once

#include <vector>

#include "graph/builder.h"
#include "graph/op.h"

namespace lmos::graph {

// A constant of x's type, every element `value`.
ValueId filled_like(Builder& builder, ValueId x, double value);
// x * factor, x + term.
ValueId scaled(Builder& builder, ValueId x, double factor);
ValueId shifted(Builder& builder, ValueId x, double term);
// x in the dtype that ops on it compute in (wide_dtype).
ValueId widened(Builder& builder, ValueId x);
// statistic [..] repeated along a new last dimension: dims [.., E].
ValueId along_last(Builder& builder, ValueId statistic, const std::vector<int64_t>& dims);
ValueId sum_over_last(Builder& builder, ValueId x, bool keep);
ValueId reduce_max(Builder& builder, ValueId x, std::vector<int64_t> axes, bool keep);
ValueId select(Builder& builder, ValueId condition, ValueId a, ValueId b);
ValueId slice(Builder& builder, ValueId x, int64_t axis, int64_t begin, int64_t end);
ValueId iota(Builder& builder, std::vector<int64_t> shape, lmos_dtype dtype, int64_t axis);
ValueId matmul(Builder& builder, ValueId a, ValueId b, bool transpose_a, bool transpose_b,
               lmos_dtype dtype);
// x [.., I] as [N, I]; the leading dims are numbers, or x has rank 2 already.
ValueId as_matrix(Builder& builder, ValueId x);

// Attribute `dtype` of a node, or `otherwise` where it is absent.
lmos_dtype dtype_of(const Node& node, lmos_dtype otherwise);
// The dtype in which the gradient of a weight is emitted: f32 where the weight is cast from f32, so
// that no precision is lost between the product and the stored gradient; otherwise the weight's
// own.
lmos_dtype weight_gradient_dtype(const Builder& builder, ValueId weight);
// Throws if the loss depends on this output, of which the op gives no gradient (saved statistics).
void refuse_gradient(const VjpContext& context, size_t output, std::string_view name);
// Throws if a gradient is wanted of this operand, which is a constant of the model (rope's
// frequencies).
void refuse_wanted(const VjpContext& context, size_t operand);

}  // namespace lmos::graph
