#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  require(context, context.inputs[0].rank() >= 1, "x must have rows");
  require_dtype(context, 1, LMOS_I32);
  require_rank(context, 1, 1);
  TensorType y = context.inputs[0];
  y.dims[0] = context.inputs[1].dims[0];
  return {std::move(y)};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const ValueId x = context.node.inputs[0];
  return {b.one("scatter_add_rows", {context.output_gradients[0], context.node.inputs[1]},
                {{"rows", b.type(x).dims[0]}, {"dtype", int64_t{weight_gradient_dtype(b, x)}}}),
          kNoValue};
}

}  // namespace

const Op kGatherRows{.name = "gather_rows", .operands = {"x", "index"}, .infer = infer, .vjp = vjp};

}  // namespace lmos::graph
