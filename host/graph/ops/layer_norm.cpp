#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kW, kB };
enum Result : size_t { kY, kMean, kRstd };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., E]");
  require_float(context, kW);
  require_dims(context, kW, {x.dims.back()});
  require_type(context, kB, context.inputs[kW]);
  const TensorType statistic{wide_dtype(x.dtype), leading_dims(x)};
  return {x, statistic, statistic};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  refuse_gradient(context, kMean, "mean");
  refuse_gradient(context, kRstd, "rstd");
  const Node& node = context.node;
  return context.builder.node(
      "layer_norm_grad", std::vector{context.output_gradients[kY], node.inputs[kX], node.inputs[kW],
                                     node.outputs[kMean], node.outputs[kRstd]});
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = widened(b, node.inputs[kX]);
  const std::vector<int64_t> dims = b.type(x).dims;
  const lmos_dtype wide = b.type(x).dtype;
  const double share = 1 / static_cast<double>(TensorType{LMOS_F32, {dims.back()}}.elements());
  const ValueId mean = scaled(b, sum_over_last(b, x, false), share);
  const ValueId centred = b.sub(x, along_last(b, mean, dims));
  const ValueId variance = scaled(b, sum_over_last(b, b.mul(centred, centred), false), share);
  const ValueId rstd = b.one("rsqrt", {shifted(b, variance, node.attributes.number("epsilon"))});
  const ValueId w = b.broadcast(b.cast(node.inputs[kW], wide), dims);
  const ValueId offset = b.broadcast(b.cast(node.inputs[kB], wide), dims);
  const ValueId y = b.add(b.mul(b.mul(centred, along_last(b, rstd, dims)), w), offset);
  return {b.cast(y, b.type(node.inputs[kX]).dtype), mean, rstd};
}

double count_flops(const Graph& graph, const Node& node) {
  return 8.0 * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kLayerNorm{
    .name = "layer_norm",
    .operands = {"x", "w", "b"},
    .attributes = {{"epsilon", AttributeKind::kFloat}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
