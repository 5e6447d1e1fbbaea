#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kDy, kX, kW, kMean, kRstd, kD };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_type(context, kDy, x);
  require_float(context, kW);
  require_dims(context, kW, {x.dims.back()});
  const TensorType statistic{wide_dtype(x.dtype), leading_dims(x)};
  require_type(context, kMean, statistic);
  require_type(context, kRstd, statistic);
  if (present(context, kD)) require_type(context, kD, x);
  std::vector<TensorType> types{x, context.inputs[kW], context.inputs[kW]};
  if (context.attributes.integer("sum") != 0)
    types.push_back({wide_dtype(x.dtype), {x.dims.back()}});
  return types;
}

// With x̂ = (x − mean)·rstd and g = dy·w:  dw = Σ dy·x̂,  db = Σ dy,
// dx = rstd · (g − mean(g) − x̂ · mean(g·x̂)) + d.
std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId dy = widened(b, node.inputs[kDy]);
  const ValueId x = widened(b, node.inputs[kX]);
  const std::vector<int64_t> dims = b.type(x).dims;
  const lmos_dtype wide = b.type(x).dtype;
  const lmos_dtype weight = b.type(node.inputs[kW]).dtype;
  const double share = 1 / static_cast<double>(TensorType{wide, {dims.back()}}.elements());
  const ValueId rstd = along_last(b, node.inputs[kRstd], dims);
  const ValueId normalized = b.mul(b.sub(x, along_last(b, node.inputs[kMean], dims)), rstd);
  const ValueId g = b.mul(dy, b.broadcast(b.cast(node.inputs[kW], wide), dims));
  const ValueId mean = scaled(b, sum_over_last(b, g, true), share);
  const ValueId slope = scaled(b, sum_over_last(b, b.mul(g, normalized), true), share);
  const ValueId centred = b.sub(g, b.broadcast(mean, dims));
  const ValueId own = b.mul(rstd, b.sub(centred, b.mul(normalized, b.broadcast(slope, dims))));
  const ValueId d = node.inputs[kD];
  const ValueId dx = d == kNoValue ? own : b.add(own, widened(b, d));
  const auto rows = axes_between(0, b.type(x).rank() - 1);
  const ValueId dw = b.reduce_sum(b.mul(dy, normalized), rows, false);
  const ValueId db = b.reduce_sum(dy, rows, false);
  std::vector<ValueId> results{b.cast(dx, b.type(node.inputs[kX]).dtype), b.cast(dw, weight),
                               b.cast(db, weight)};
  if (node.attributes.integer("sum") != 0) results.push_back(b.reduce_sum(dx, rows, false));
  return results;
}

double count_flops(const Graph& graph, const Node& node) {
  return 13.0 * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kLayerNormGrad{
    .name = "layer_norm_grad",
    .operands = {"dy", "x", "w", "mean", "rstd", "d"},
    .optional_inputs = 1,
    .attributes = {{"sum", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
