#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kDy, kGate, kUp };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& gate = context.inputs[kGate];
  require_float(context, kGate);
  require_type(context, kDy, gate);
  require_type(context, kUp, gate);
  return {gate, gate};
}

// With s = sigmoid(gate) and silu = gate·s:  dup = dy·silu,  dgate = dy·up·(s + silu·(1 − s)).
std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId dy = widened(b, node.inputs[kDy]);
  const ValueId gate = widened(b, node.inputs[kGate]);
  const ValueId up = widened(b, node.inputs[kUp]);
  const lmos_dtype dtype = b.type(node.inputs[kGate]).dtype;
  const ValueId s = b.one("sigmoid", {gate});
  const ValueId silu = b.mul(gate, s);
  const ValueId slope = b.add(s, b.mul(silu, b.sub(filled_like(b, s, 1), s)));
  return {b.cast(b.mul(b.mul(dy, up), slope), dtype), b.cast(b.mul(dy, silu), dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 10.0 * static_cast<double>(graph.type(node.inputs[kGate]).elements());
}

}  // namespace

const Op kSwigluGrad{
    .name = "swiglu_grad",
    .operands = {"dy", "gate", "up"},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
