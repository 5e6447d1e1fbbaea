#include "graph/ops/all.h"
#include "graph/ops/cross_entropy_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kScale, kX, kW, kLabels, kBias };

std::vector<TensorType> infer(const InferContext& context) {
  require_head(context, kX, kBias);
  const TensorType& x = context.inputs[kX];
  require_type(context, kScale, {wide_dtype(x.dtype), {}});
  std::vector<TensorType> types{per_token(x), x};
  append_head_gradients(context, kW, kBias, types);
  return types;
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = node.inputs[kX];
  const ValueId w = node.inputs[kW];
  const ValueId labels = node.inputs[kLabels];
  const ValueId bias = node.inputs[kBias];
  const auto forward = b.node("linear_cross_entropy", std::vector{x, w, labels, bias},
                              {{"ignore", node.attributes.integer("ignore")}});
  const ValueId dloss = b.broadcast(node.inputs[kScale], b.type(forward[0]).dims);
  const auto gradients =
      b.node("linear_cross_entropy_grad", std::vector{dloss, x, w, labels, forward[1], bias},
             node.attributes);
  std::vector<ValueId> outputs{forward[0]};
  outputs.insert(outputs.end(), gradients.begin(), gradients.end());
  return outputs;
}

// The logits once, dx and dw.
double count_flops(const Graph& graph, const Node& node) {
  return 3 * logits_flops(graph, node.inputs[kX], node.inputs[kW]);
}

}  // namespace

const Op kLinearCrossEntropyStep{
    .name = "linear_cross_entropy_step",
    .operands = {"scale", "x", "w", "labels", "b"},
    .optional_inputs = 1,
    .attributes = {{"ignore", AttributeKind::kInt},
                   {"dtype", AttributeKind::kInt, Presence::kOptional}},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
