#include "graph/ops/all.h"
#include "graph/ops/gelu_forms.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  require_float(context, 0);
  return {context.inputs[0]};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  return {context.builder.one("gelu_grad", {context.output_gradients[0], context.node.inputs[0]},
                              context.node.attributes)};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = widened(b, node.inputs[0]);
  const ValueId weight = node.attributes.integer("approximate") != 0
                             ? scaled(b, shifted(b, gelu_tanh(b, x), 1), 0.5)
                             : normal_distribution(b, x);
  return {b.cast(b.mul(x, weight), b.type(node.inputs[0]).dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 10.0 * static_cast<double>(graph.type(node.inputs[0]).elements());
}

}  // namespace

const Op kGelu{
    .name = "gelu",
    .operands = {"x"},
    .attributes = {{"approximate", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
