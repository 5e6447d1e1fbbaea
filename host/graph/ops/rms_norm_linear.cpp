#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kNorm, kFirstWeight };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_float(context, kNorm);
  require_dims(context, kNorm, {x.dims.back()});
  std::vector<TensorType> outputs;
  for (size_t i = kFirstWeight; i < context.inputs.size() && present(context, i); ++i) {
    require_rank(context, i, 2);
    require_type(context, i, {x.dtype, {context.inputs[i].dims[0], x.dims.back()}});
    outputs.push_back(x);
    outputs.back().dims.back() = context.inputs[i].dims[0];
  }
  for (size_t i = kFirstWeight + outputs.size(); i < context.inputs.size(); ++i)
    require(context, !present(context, i), "the weights that are there must come first");
  return outputs;
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId normalized =
      b.node("rms_norm", std::vector{node.inputs[kX], node.inputs[kNorm]}, node.attributes)[0];
  std::vector<ValueId> outputs;
  for (size_t i = kFirstWeight; i < node.inputs.size(); ++i)
    if (node.inputs[i] != kNoValue)
      outputs.push_back(b.one("linear", {normalized, node.inputs[i]}));
  return outputs;
}

double count_flops(const Graph& graph, const Node& node) {
  double outputs = 0;
  for (const ValueId y : node.outputs) outputs += static_cast<double>(graph.type(y).dims.back());
  return (5.0 + 2.0 * outputs) * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kRmsNormLinear{
    .name = "rms_norm_linear",
    .operands = {"x", "norm", "w0", "w1", "w2"},
    .optional_inputs = 2,
    .attributes = {{"epsilon", AttributeKind::kFloat}},
    .infer = infer,
    .not_differentiable = "it is made after gradients are taken",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
