#include "graph/builder.h"
#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  return {{dtype_attribute(context, 0), context.inputs[0].dims}};
}

// The cotangent may be in x's dtype already: weight_gradient_dtype.
std::vector<ValueId> vjp(const VjpContext& context) {
  const lmos_dtype dtype = context.builder.type(context.node.inputs[0]).dtype;
  if (!is_float(dtype)) return {kNoValue};
  return {context.builder.cast(context.output_gradients[0], dtype)};
}

}  // namespace

const Op kCast{
    .name = "cast",
    .operands = {"x"},
    .attributes = {{"dtype", AttributeKind::kInt}},
    .infer = infer,
    .vjp = vjp,
};

}  // namespace lmos::graph
