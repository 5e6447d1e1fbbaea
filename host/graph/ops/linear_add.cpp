#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"
#include "graph/ops/stored_weight.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kW, kR, kB, kScale };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., I]");
  require_weight(context, kW, kScale);
  TensorType y = x;
  y.dims.back() = context.inputs[kW].dims[0];
  require_type(context, kR, y);
  if (present(context, kB)) {
    require_float(context, kB);
    require_dims(context, kB, {y.dims.back()});
  }
  return {std::move(y)};
}

// The sum is wide, so that y is rounded once.
std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = node.inputs[kX];
  const std::vector<int64_t> dims = b.type(node.inputs[kR]).dims;
  const lmos_dtype wide = wide_dtype(b.type(x).dtype);
  ValueId y = b.reshape(weight_product(b, x, node.inputs[kW], node.inputs[kScale], wide), dims);
  if (node.inputs[kB] != kNoValue) y = b.add(y, b.broadcast(b.cast(node.inputs[kB], wide), dims));
  return {b.cast(b.add(y, widened(b, node.inputs[kR])), b.type(x).dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 2.0 * static_cast<double>(graph.type(node.inputs[kX]).elements()) *
         static_cast<double>(graph.type(node.outputs[0]).dims.back());
}

}  // namespace

const Op kLinearAdd{
    .name = "linear_add",
    .operands = {"x", "w", "r", "b", "scale"},
    .optional_inputs = 2,
    .infer = infer,
    .not_differentiable = "it is made after gradients are taken",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
