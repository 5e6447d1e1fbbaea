#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[0];
  require_float(context, 0);
  require_rank(context, 0, 2);
  const int64_t rows = x.dims[0], width = x.dims[1];
  const int64_t count = context.attributes.integer("count");
  const int64_t columns = context.attributes.integer("columns");
  const lmos_dtype wide = wide_dtype(x.dtype);
  require_type(context, 1, {wide, {rows}});
  require(context, count >= 1 && count <= columns, "count must be from 1 to columns");
  require(context, LMOS_IS_SYMBOL(width) || columns <= width, "columns must be among x's");
  return {{x.dtype, {rows, count}}, {LMOS_I32, {rows, count}}, {wide, {rows}}};
}

double count_flops(const Graph& graph, const Node& node) {
  return static_cast<double>(graph.type(node.inputs[0]).elements());
}

}  // namespace

const Op kLargest{.name = "largest",
                  .operands = {"x", "scale"},
                  .attributes = {{"count", AttributeKind::kInt}, {"columns", AttributeKind::kInt}},
                  .infer = infer,
                  .not_differentiable = "it picks tokens out, and nothing is trained through that",
                  .flops = count_flops};

}  // namespace lmos::graph
