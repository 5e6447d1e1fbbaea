#include "graph/builder.h"
#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[0];
  const auto& shape = shape_attribute(context);
  const auto added = static_cast<int64_t>(shape.size()) - x.rank();
  require(context, added >= 0, "shape must have at least x's rank");
  for (size_t i = 0; i < x.dims.size(); ++i) {
    const int64_t dim = shape[i + static_cast<size_t>(added)];
    require(context, x.dims[i] == 1 || x.dims[i] == dim,
            "each dim of x, aligned at the end, must be 1 or that of shape");
  }
  return {{x.dtype, shape}};
}

// Sums over the repeated dims.
std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const std::vector<int64_t> dims = b.type(context.node.inputs[0]).dims;
  const std::vector<int64_t> shape = b.type(context.node.outputs[0]).dims;
  const size_t added = shape.size() - dims.size();
  std::vector<int64_t> axes;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i < added || (dims[i - added] == 1 && shape[i] != 1))
      axes.push_back(static_cast<int64_t>(i));
  }
  return {b.reshape(b.reduce_sum(context.output_gradients[0], axes, false), dims)};
}

}  // namespace

const Op kBroadcast{
    .name = "broadcast",
    .operands = {"x"},
    .attributes = {{"shape", AttributeKind::kInts}},
    .infer = infer,
    .vjp = vjp,
};

}  // namespace lmos::graph
