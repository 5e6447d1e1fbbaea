#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kGate, kUp };

std::vector<TensorType> infer(const InferContext& context) {
  require_float(context, kGate);
  require_type(context, kUp, context.inputs[kGate]);
  return {context.inputs[kGate]};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  return context.builder.node("swiglu_grad",
                              std::vector{context.output_gradients[0], context.node.inputs[kGate],
                                          context.node.inputs[kUp]});
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId gate = widened(b, node.inputs[kGate]);
  const ValueId silu = b.mul(gate, b.one("sigmoid", {gate}));
  return {b.cast(b.mul(silu, widened(b, node.inputs[kUp])), b.type(node.inputs[kGate]).dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 5.0 * static_cast<double>(graph.type(node.inputs[kGate]).elements());
}

}  // namespace

const Op kSwiglu{
    .name = "swiglu",
    .operands = {"gate", "up"},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
