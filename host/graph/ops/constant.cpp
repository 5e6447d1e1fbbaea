#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  TensorType type{dtype_attribute(context, 0), shape_attribute(context)};
  const size_t count = context.attributes.numbers("values").size();
  require(context, count == 1 || static_cast<int64_t>(count) == type.elements(),
          "values must hold one number, or one for each element");
  return {std::move(type)};
}

}  // namespace

const Op kConstant{
    .name = "constant",
    .attributes = {{"shape", AttributeKind::kInts},
                   {"dtype", AttributeKind::kInt},
                   {"values", AttributeKind::kFloats}},
    .infer = infer,
    .not_differentiable = "it has no operands",
};

}  // namespace lmos::graph
