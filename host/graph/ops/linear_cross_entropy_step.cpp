#include "graph/ops/all.h"
#include "graph/ops/cross_entropy_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kScale, kX, kW, kLabels };

std::vector<TensorType> infer(const InferContext& context) {
  require_hidden_weight_labels(context, kX);
  const TensorType& x = context.inputs[kX];
  require_type(context, kScale, {wide_dtype(x.dtype), {}});
  return {per_token(x), x, weight_gradient(context, context.inputs[kW])};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = node.inputs[kX];
  const ValueId w = node.inputs[kW];
  const ValueId labels = node.inputs[kLabels];
  const auto forward = b.node("linear_cross_entropy", std::vector{x, w, labels},
                              {{"ignore", node.attributes.integer("ignore")}});
  const ValueId dloss = b.broadcast(node.inputs[kScale], b.type(forward[0]).dims);
  const auto gradients = b.node("linear_cross_entropy_grad",
                                std::vector{dloss, x, w, labels, forward[1]}, node.attributes);
  return {forward[0], gradients[0], gradients[1]};
}

// The logits once, dx and dw.
double count_flops(const Graph& graph, const Node& node) {
  return 3 * logits_flops(graph, node.inputs[kX], node.inputs[kW]);
}

}  // namespace

const Op kLinearCrossEntropyStep{
    .name = "linear_cross_entropy_step",
    .operands = {"scale", "x", "w", "labels"},
    .attributes = {{"ignore", AttributeKind::kInt},
                   {"dtype", AttributeKind::kInt, Presence::kOptional}},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
