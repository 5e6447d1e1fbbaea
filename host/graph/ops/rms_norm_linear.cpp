#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"
#include "graph/ops/stored_weight.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kNorm, kFirstWeight };
constexpr size_t kWeights = 3, kFirstScale = kFirstWeight + kWeights;

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_float(context, kNorm);
  require_dims(context, kNorm, {x.dims.back()});
  std::vector<TensorType> outputs;
  for (size_t i = 0; i < kWeights && present(context, kFirstWeight + i); ++i) {
    const TensorType& w = context.inputs[kFirstWeight + i];
    require_weight(context, kFirstWeight + i, kFirstScale + i);
    require_dtype(context, kFirstWeight + i, context.inputs[kFirstWeight].dtype);
    outputs.push_back(x);
    outputs.back().dims.back() = w.dims[0];
  }
  for (size_t i = outputs.size(); i < kWeights; ++i) {
    require(context, !present(context, kFirstWeight + i) && !present(context, kFirstScale + i),
            "the weights that are there must come first, and scales only with them");
  }
  return outputs;
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId normalized =
      b.node("rms_norm", std::vector{node.inputs[kX], node.inputs[kNorm]}, node.attributes)[0];
  std::vector<ValueId> outputs;
  for (size_t i = 0; i < kWeights; ++i) {
    const ValueId w = node.inputs[kFirstWeight + i], scale = node.inputs[kFirstScale + i];
    if (w == kNoValue) break;
    outputs.push_back(scale == kNoValue ? b.one("linear", {normalized, w})
                                        : b.one("linear_quantized", {normalized, w, scale}));
  }
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
    .operands = {"x", "norm", "w0", "w1", "w2", "scale0", "scale1", "scale2"},
    .optional_inputs = 5,
    .attributes = {{"epsilon", AttributeKind::kFloat}},
    .infer = infer,
    .not_differentiable = "it is made after gradients are taken",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
