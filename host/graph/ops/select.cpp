#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  require_type(context, 0, {LMOS_I32, context.inputs[1].dims});
  require_type(context, 2, context.inputs[1]);
  return {context.inputs[1]};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const ValueId condition = context.node.inputs[0];
  const ValueId dy = context.output_gradients[0];
  const ValueId zero = filled_like(b, dy, 0);
  return {kNoValue, context.wanted[1] ? select(b, condition, dy, zero) : kNoValue,
          context.wanted[2] ? select(b, condition, zero, dy) : kNoValue};
}

}  // namespace

const Op kSelect{.name = "select", .operands = {"c", "a", "b"}, .infer = infer, .vjp = vjp};

}  // namespace lmos::graph
