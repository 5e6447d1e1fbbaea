#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kState };

std::vector<TensorType> infer(const InferContext& context) {
  require_float(context, kX);
  require_type(context, kState, {LMOS_I64, {2}});
  const double rate = context.attributes.number("rate");
  require(context, rate >= 0 && rate < 1, "rate must be at least 0 and less than 1");
  return {context.inputs[kX]};
}

// The same state and site give the same mask.
std::vector<ValueId> vjp(const VjpContext& context) {
  const Node& node = context.node;
  return {context.builder.one("dropout", {context.output_gradients[0], node.inputs[kState]},
                              node.attributes),
          kNoValue};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = widened(b, node.inputs[kX]);
  const double rate = node.attributes.number("rate");
  const ValueId u = b.one("random_uniform", {node.inputs[kState]},
                          {{"shape", b.type(x).dims}, {"site", node.attributes.integer("site")}});
  const ValueId is_dropped = b.one("less", {u, filled_like(b, u, rate)});
  const ValueId kept = scaled(b, x, 1 / (1 - rate));
  return {b.cast(select(b, is_dropped, filled_like(b, x, 0), kept), b.type(node.inputs[kX]).dtype)};
}

}  // namespace

const Op kDropout{
    .name = "dropout",
    .operands = {"x", "state"},
    .attributes = {{"rate", AttributeKind::kFloat}, {"site", AttributeKind::kInt}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
};

}  // namespace lmos::graph
