#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  TensorType type{dtype_attribute(context, 0), shape_attribute(context)};
  const int64_t axis = context.attributes.integer("axis");
  require(context, axis >= 0 && axis < type.rank(), "axis must be a dimension of shape");
  return {std::move(type)};
}

}  // namespace

const Op kIota{
    .name = "iota",
    .attributes = {{"shape", AttributeKind::kInts},
                   {"dtype", AttributeKind::kInt},
                   {"axis", AttributeKind::kInt}},
    .infer = infer,
    .not_differentiable = "it has no operands",
};

}  // namespace lmos::graph
