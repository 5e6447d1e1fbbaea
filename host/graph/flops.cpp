#include "graph/op.h"

namespace lmos::graph {

double flops(const Graph& graph, const Node& node) {
  if (node.op->flops) return node.op->flops(graph, node);
  return node.outputs.empty() ? 0 : static_cast<double>(graph.type(node.outputs[0]).elements());
}

double flops(const Graph& graph) {
  double sum = 0;
  for (const Node& node : graph.nodes) sum += flops(graph, node);
  return sum;
}

}  // namespace lmos::graph
