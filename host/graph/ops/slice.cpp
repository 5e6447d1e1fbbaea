#include "graph/builder.h"
#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

// The end may be a symbol if the slice begins at 0; against a dim that is a number it is checked
// when the graph is bound.
std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[0];
  const size_t axis = axis_attribute(context, "axis");
  const int64_t begin = context.attributes.integer("begin");
  const int64_t end = context.attributes.integer("end");
  const int64_t dim = x.dims[axis];
  require(context, begin >= 0, "begin must be a number from 0");
  TensorType y = x;
  if (LMOS_IS_SYMBOL(end)) {
    require(context, begin == 0 && (end == dim || !LMOS_IS_SYMBOL(dim)),
            "a symbol as end needs begin 0, and a dim that is that symbol or a number");
    y.dims[axis] = end;
  } else {
    require(context, begin < end && (LMOS_IS_SYMBOL(dim) || end <= dim),
            "begin and end must lie in the dimension, begin before end");
    y.dims[axis] = end - begin;
  }
  return {std::move(y)};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const Attributes& attributes = context.node.attributes;
  const int64_t axis = attributes.integer("axis");
  const int64_t end = attributes.integer("end");
  const int64_t dim = b.type(context.node.inputs[0]).dims[static_cast<size_t>(axis)];
  // TensorType::elements refuses symbols, of which no difference can be formed.
  const int64_t after =
      dim == end ? 0
                 : TensorType{LMOS_F32, {dim}}.elements() - TensorType{LMOS_F32, {end}}.elements();
  return {b.one("pad", {context.output_gradients[0]},
                {{"axis", axis}, {"before", attributes.integer("begin")}, {"after", after}})};
}

}  // namespace

const Op kSlice{
    .name = "slice",
    .operands = {"x"},
    .attributes = {{"axis", AttributeKind::kInt},
                   {"begin", AttributeKind::kInt},
                   {"end", AttributeKind::kInt}},
    .infer = infer,
    .vjp = vjp,
};

}  // namespace lmos::graph
