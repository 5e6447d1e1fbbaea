#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  TensorType y = context.inputs[0];
  const size_t axis = axis_attribute(context, "axis");
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    TensorType other = context.inputs[i];
    require(context, other.rank() == y.rank(), "all operands must have one rank");
    const int64_t length = other.dims[axis];
    other.dims[axis] = y.dims[axis];
    require(context, other == y, "all operands must agree in dtype and in every dim but axis");
    require(context, !LMOS_IS_SYMBOL(length) && !LMOS_IS_SYMBOL(y.dims[axis]),
            "a dimension that is a symbol can't be joined with another");
    require(context, !__builtin_add_overflow(y.dims[axis], length, &y.dims[axis]),
            "the joined dimension is out of range");
  }
  return {std::move(y)};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const int64_t axis = context.node.attributes.integer("axis");
  if (context.node.inputs.size() == 1) return {context.output_gradients[0]};
  std::vector<ValueId> gradients;
  int64_t begin = 0;
  for (size_t i = 0; i < context.node.inputs.size(); ++i) {
    const int64_t end = begin + b.type(context.node.inputs[i]).dims[static_cast<size_t>(axis)];
    gradients.push_back(context.wanted[i] ? slice(b, context.output_gradients[0], axis, begin, end)
                                          : kNoValue);
    begin = end;
  }
  return gradients;
}

}  // namespace

const Op kConcat{
    .name = "concat",
    .operands = {"x"},
    .variadic = true,
    .attributes = {{"axis", AttributeKind::kInt}},
    .infer = infer,
    .vjp = vjp,
};

}  // namespace lmos::graph
