#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"
#include "graph/ops/stored_weight.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kQ, kScale, kB };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  const TensorType& q = context.inputs[kQ];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., I]");
  require_weight(context, kQ, kScale);
  if (present(context, kB)) {
    require_float(context, kB);
    require_dims(context, kB, {q.dims[0]});
  }
  TensorType y = x;
  y.dims.back() = q.dims[0];
  return {std::move(y)};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = node.inputs[kX], q = node.inputs[kQ];
  const lmos_dtype dtype = b.type(x).dtype;
  const lmos_dtype wide = wide_dtype(dtype);  // y is rounded once, at the end
  std::vector<int64_t> dims = b.type(x).dims;
  dims.back() = b.type(q).dims[0];
  ValueId y = b.reshape(weight_product(b, x, q, node.inputs[kScale], wide), dims);
  if (node.inputs[kB] != kNoValue) y = b.add(y, b.broadcast(b.cast(node.inputs[kB], wide), dims));
  return {b.cast(y, dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 2.0 * static_cast<double>(graph.type(node.inputs[kX]).elements()) *
         static_cast<double>(graph.type(node.outputs[0]).dims.back());
}

}  // namespace

const Op kLinearQuantized{
    .name = "linear_quantized",
    .operands = {"x", "q", "scale", "b"},
    .optional_inputs = 1,
    .infer = infer,
    .not_differentiable = "quantised weights are not trained",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
