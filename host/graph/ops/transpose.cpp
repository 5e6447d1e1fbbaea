#include "graph/builder.h"
#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[0];
  const auto& permutation = context.attributes.integers("permutation");
  std::vector<bool> seen(x.dims.size());
  TensorType y{x.dtype, {}};
  for (int64_t axis : permutation) {
    const bool fresh = axis >= 0 && axis < x.rank() && !seen[static_cast<size_t>(axis)];
    require(context, fresh, "permutation must name each dimension of x once");
    seen[static_cast<size_t>(axis)] = true;
    y.dims.push_back(x.dims[static_cast<size_t>(axis)]);
  }
  require(context, y.rank() == x.rank(), "permutation must name each dimension of x once");
  return {std::move(y)};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  const auto& permutation = context.node.attributes.integers("permutation");
  std::vector<int64_t> inverse(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) {
    inverse[static_cast<size_t>(permutation[i])] = static_cast<int64_t>(i);
  }
  return {context.builder.transpose(context.output_gradients[0], inverse)};
}

}  // namespace

const Op kTranspose{
    .name = "transpose",
    .operands = {"x"},
    .attributes = {{"permutation", AttributeKind::kInts}},
    .infer = infer,
    .vjp = vjp,
};

}  // namespace lmos::graph
