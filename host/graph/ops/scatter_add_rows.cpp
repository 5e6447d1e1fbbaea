#include "graph/builder.h"
#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  require(context, context.inputs[0].rank() >= 1, "dy must have rows");
  require_type(context, 1, {LMOS_I32, {context.inputs[0].dims[0]}});
  const int64_t rows = context.attributes.integer("rows");
  require(context, rows > 0 || LMOS_IS_SYMBOL(rows), "rows must be at least 1");
  TensorType y = context.inputs[0];
  y.dtype = dtype_attribute(context, y.dtype);
  y.dims[0] = rows;
  return {std::move(y)};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const lmos_dtype dtype = b.type(context.node.inputs[0]).dtype;
  return {
      b.cast(b.one("gather_rows", {context.output_gradients[0], context.node.inputs[1]}), dtype),
      kNoValue};
}

double count_flops(const Graph& graph, const Node& node) {
  return static_cast<double>(graph.type(node.inputs[0]).elements());
}

}  // namespace

const Op kScatterAddRows{
    .name = "scatter_add_rows",
    .operands = {"dy", "index"},
    .attributes = {{"rows", AttributeKind::kInt},
                   {"dtype", AttributeKind::kInt, Presence::kOptional}},
    .infer = infer,
    .vjp = vjp,
    .flops = count_flops,
};

}  // namespace lmos::graph
