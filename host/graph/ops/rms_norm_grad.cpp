#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kDy, kX, kW, kRstd, kD };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_type(context, kDy, x);
  require_float(context, kW);
  require_dims(context, kW, {x.dims.back()});
  require_type(context, kRstd, {wide_dtype(x.dtype), leading_dims(x)});
  if (present(context, kD)) require_type(context, kD, x);
  return {x, context.inputs[kW]};
}

// With x̂ = x·rstd and g = dy·w:  dw = Σ dy·x̂,  dx = rstd · (g − x̂ · mean(g·x̂)) + d.
std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId dy = widened(b, node.inputs[kDy]);
  const ValueId x = widened(b, node.inputs[kX]);
  const std::vector<int64_t> dims = b.type(x).dims;
  const lmos_dtype wide = b.type(x).dtype;
  const double elements = static_cast<double>(TensorType{wide, {dims.back()}}.elements());
  const ValueId rstd = along_last(b, node.inputs[kRstd], dims);
  const ValueId normalized = b.mul(x, rstd);
  const ValueId g = b.mul(dy, b.broadcast(b.cast(node.inputs[kW], wide), dims));
  const ValueId mean = scaled(b, sum_over_last(b, b.mul(g, normalized), true), 1 / elements);
  const ValueId own = b.mul(rstd, b.sub(g, b.mul(normalized, b.broadcast(mean, dims))));
  const ValueId d = node.inputs[kD];
  const ValueId dx = d == kNoValue ? own : b.add(own, widened(b, d));
  const ValueId dw =
      b.reduce_sum(b.mul(dy, normalized), axes_between(0, b.type(x).rank() - 1), false);
  return {b.cast(dx, b.type(node.inputs[kX]).dtype), b.cast(dw, b.type(node.inputs[kW]).dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 9.0 * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kRmsNormGrad{
    .name = "rms_norm_grad",
    .operands = {"dy", "x", "w", "rstd", "d"},
    .optional_inputs = 1,
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
