#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"
#include "graph/ops/stored_weight.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kNorm, kGate, kUp, kGateScale, kUpScale };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_float(context, kNorm);
  require_dims(context, kNorm, {x.dims.back()});
  require_weight(context, kGate, kGateScale);
  require_weight(context, kUp, kUpScale);
  require_type(context, kUp, context.inputs[kGate]);
  TensorType y = x;
  y.dims.back() = context.inputs[kGate].dims[0];
  return {std::move(y)};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = node.inputs[kX];
  const ValueId normalized =
      b.node("rms_norm", std::vector{x, node.inputs[kNorm]}, node.attributes)[0];
  // Rounded once, at the end.
  const lmos_dtype wide = wide_dtype(b.type(x).dtype);
  const auto product = [&](Operand w, Operand scale) {
    return weight_product(b, normalized, node.inputs[w], node.inputs[scale], wide);
  };
  const ValueId gate = product(kGate, kGateScale), up = product(kUp, kUpScale);
  std::vector<int64_t> dims = b.type(x).dims;
  dims.back() = b.type(gate).dims[1];
  return {b.reshape(b.cast(b.one("swiglu", {gate, up}), b.type(x).dtype), dims)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 5.0 * static_cast<double>(graph.type(node.outputs[0]).elements()) +
         (5.0 + 4.0 * static_cast<double>(graph.type(node.outputs[0]).dims.back())) *
             static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kRmsNormSwiglu{
    .name = "rms_norm_swiglu",
    .operands = {"x", "norm", "gate", "up", "gate_scale", "up_scale"},
    .optional_inputs = 2,
    .attributes = {{"epsilon", AttributeKind::kFloat}},
    .infer = infer,
    .not_differentiable = "it is made after gradients are taken",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
