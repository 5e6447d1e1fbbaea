#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kW };
enum Result : size_t { kY, kRstd };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_float(context, kW);
  require_dims(context, kW, {x.dims.back()});
  return {x, {wide_dtype(x.dtype), leading_dims(x)}};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  refuse_gradient(context, kRstd, "rstd");
  const Node& node = context.node;
  return context.builder.node(
      "rms_norm_grad", std::vector{context.output_gradients[kY], node.inputs[kX], node.inputs[kW],
                                   node.outputs[kRstd]});
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = widened(b, node.inputs[kX]);
  const std::vector<int64_t> dims = b.type(x).dims;
  const double elements = static_cast<double>(TensorType{LMOS_F32, {dims.back()}}.elements());
  const ValueId mean_square = scaled(b, sum_over_last(b, b.mul(x, x), false), 1 / elements);
  const ValueId rstd = b.one("rsqrt", {shifted(b, mean_square, node.attributes.number("epsilon"))});
  const ValueId w = b.broadcast(b.cast(node.inputs[kW], b.type(x).dtype), dims);
  const ValueId y = b.mul(b.mul(x, along_last(b, rstd, dims)), w);
  return {b.cast(y, b.type(node.inputs[kX]).dtype), rstd};
}

double count_flops(const Graph& graph, const Node& node) {
  return 4.0 * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kRmsNorm{
    .name = "rms_norm",
    .operands = {"x", "w"},
    .attributes = {{"epsilon", AttributeKind::kFloat}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
