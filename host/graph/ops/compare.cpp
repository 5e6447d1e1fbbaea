// equal and less: i32 truth values of two operands of one type.
#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  require_type(context, 1, context.inputs[0]);
  return {{LMOS_I32, context.inputs[0].dims}};
}

Op comparison(std::string_view name) {
  return {.name = name,
          .operands = {"a", "b"},
          .infer = infer,
          .not_differentiable = "it is constant almost everywhere"};
}

}  // namespace

const Op kEqual = comparison("equal");
const Op kLess = comparison("less");

}  // namespace lmos::graph
