#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kR, kW, kB };

std::vector<TensorType> infer_add_layer_norm(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_type(context, kR, x);
  require_float(context, kW);
  require_dims(context, kW, {x.dims.back()});
  require_type(context, kB, context.inputs[kW]);
  const TensorType statistic{wide_dtype(x.dtype), leading_dims(x)};
  return {x, x, statistic, statistic};
}

std::vector<ValueId> decompose_add_layer_norm(Builder& b, const Node& node) {
  const ValueId sum = b.add(node.inputs[kX], node.inputs[kR]);
  const auto normalized =
      b.node("layer_norm", std::vector{sum, node.inputs[kW], node.inputs[kB]}, node.attributes);
  return {sum, normalized[0], normalized[1], normalized[2]};
}

double count_add_layer_norm_flops(const Graph& graph, const Node& node) {
  return 9.0 * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kAddLayerNorm{
    .name = "add_layer_norm",
    .operands = {"x", "r", "w", "b"},
    .attributes = {{"epsilon", AttributeKind::kFloat}},
    .infer = infer_add_layer_norm,
    .not_differentiable = "it is made after the backward pass",
    .decompose = decompose_add_layer_norm,
    .flops = count_add_layer_norm_flops,
};

}  // namespace lmos::graph
