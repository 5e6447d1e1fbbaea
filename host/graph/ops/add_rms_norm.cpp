#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kR, kW };
enum Result : size_t { kSum, kY, kRstd };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_type(context, kR, x);
  require_float(context, kW);
  require_dims(context, kW, {x.dims.back()});
  return {x, x, {wide_dtype(x.dtype), leading_dims(x)}};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  refuse_gradient(context, kRstd, "rstd");
  Builder& b = context.builder;
  const Node& node = context.node;
  ValueId dsum = context.output_gradients[kSum];
  ValueId dw = kNoValue;
  if (context.output_gradients[kY] != kNoValue) {
    const auto gradients =
        b.node("rms_norm_grad", std::vector{context.output_gradients[kY], node.outputs[kSum],
                                            node.inputs[kW], node.outputs[kRstd]});
    dsum = dsum == kNoValue ? gradients[0] : b.add(dsum, gradients[0]);
    dw = gradients[1];
  }
  return {dsum, dsum, dw};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId sum = b.add(node.inputs[kX], node.inputs[kR]);
  const auto normalized = b.node("rms_norm", std::vector{sum, node.inputs[kW]}, node.attributes);
  return {sum, normalized[0], normalized[1]};
}

double count_flops(const Graph& graph, const Node& node) {
  return 5.0 * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kAddRmsNorm{
    .name = "add_rms_norm",
    .operands = {"x", "r", "w"},
    .attributes = {{"epsilon", AttributeKind::kFloat}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
