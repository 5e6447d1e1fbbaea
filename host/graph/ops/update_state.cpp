// assign and accumulate: the two primitives that change a state.
#include "graph/ops/all.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer_assign(const InferContext& context) {
  require_dims(context, 1, context.inputs[0].dims);
  return {};
}

std::vector<TensorType> infer_accumulate(const InferContext& context) {
  require_float(context, 0);
  require_float(context, 1);
  return infer_assign(context);
}

double count_flops(const Graph& graph, const Node& node) {
  return static_cast<double>(graph.type(node.inputs[0]).elements());
}

Op update(std::string_view name, std::vector<TensorType> (*infer)(const InferContext&),
          double (*flops)(const Graph&, const Node&)) {
  return {.name = name,
          .operands = {"s", "x"},
          .states = {0},
          .infer = infer,
          .not_differentiable = "it changes a state",
          .flops = flops};
}

}  // namespace

const Op kAssign = update("assign", infer_assign, nullptr);
const Op kAccumulate = update("accumulate", infer_accumulate, count_flops);

}  // namespace lmos::graph
