#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  TensorType y = context.inputs[0];
  const size_t axis = axis_attribute(context, "axis");
  const int64_t before = context.attributes.integer("before");
  const int64_t after = context.attributes.integer("after");
  require(context, before >= 0 && after >= 0, "before and after must be numbers from 0");
  require(context, !LMOS_IS_SYMBOL(y.dims[axis]) || (before == 0 && after == 0),
          "a dimension that is a symbol can't be padded");
  if (before != 0 || after != 0) {
    int64_t& dim = y.dims[axis];
    require(context,
            !__builtin_add_overflow(dim, before, &dim) && !__builtin_add_overflow(dim, after, &dim),
            "the padded dimension is out of range");
  }
  return {std::move(y)};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const int64_t axis = context.node.attributes.integer("axis");
  const int64_t before = context.node.attributes.integer("before");
  const int64_t dim = b.type(context.node.inputs[0]).dims[static_cast<size_t>(axis)];
  return {slice(b, context.output_gradients[0], axis, before,
                LMOS_IS_SYMBOL(dim) ? dim : before + dim)};
}

}  // namespace

const Op kPad{
    .name = "pad",
    .operands = {"x"},
    .attributes = {{"axis", AttributeKind::kInt},
                   {"before", AttributeKind::kInt},
                   {"after", AttributeKind::kInt}},
    .infer = infer,
    .vjp = vjp,
};

}  // namespace lmos::graph
