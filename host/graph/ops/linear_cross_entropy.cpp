#include "graph/ops/all.h"
#include "graph/ops/cross_entropy_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kW, kLabels, kBias };
enum Result : size_t { kLoss, kLse };

std::vector<TensorType> infer(const InferContext& context) {
  require_head(context, kX, kBias);
  const TensorType result = per_token(context.inputs[kX]);
  return {result, result};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  refuse_gradient(context, kLse, "lse");
  Builder& b = context.builder;
  const Node& node = context.node;
  auto gradients =
      b.node("linear_cross_entropy_grad",
             std::vector{context.output_gradients[kLoss], node.inputs[kX], node.inputs[kW],
                         node.inputs[kLabels], node.outputs[kLse], node.inputs[kBias]},
             {{"ignore", node.attributes.integer("ignore")},
              {"dtype", int64_t{weight_gradient_dtype(b, node.inputs[kW])}}});
  const ValueId dbias = gradients.size() > 2 ? gradients[2] : kNoValue;
  return {gradients[0], gradients[1], kNoValue, dbias};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId scores = logits(b, node.inputs[kX], node.inputs[kW], node.inputs[kBias]);
  const std::vector<int64_t> dims = b.type(scores).dims;
  const ValueId maximum = reduce_max(b, scores, {1}, false);
  const ValueId exponentials = b.one("exp", {b.sub(scores, along_last(b, maximum, dims))});
  const ValueId lse = b.add(maximum, b.one("log", {sum_over_last(b, exponentials, false)}));
  const ValueId is_label = label_mask(b, node.inputs[kLabels], dims);
  const ValueId label_score =
      sum_over_last(b, select(b, is_label, scores, filled_like(b, scores, 0)), false);
  return {zero_where_ignored(b, b.sub(lse, label_score), node.inputs[kLabels],
                             node.attributes.integer("ignore")),
          lse};
}

double count_flops(const Graph& graph, const Node& node) {
  return logits_flops(graph, node.inputs[kX], node.inputs[kW]);
}

}  // namespace

const Op kLinearCrossEntropy{
    .name = "linear_cross_entropy",
    .operands = {"x", "w", "labels", "b"},
    .optional_inputs = 1,
    .attributes = {{"ignore", AttributeKind::kInt}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
