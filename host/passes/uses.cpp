#include "passes/uses.h"

namespace lmos::passes {

std::vector<size_t> count_uses(const graph::Graph& graph) {
  std::vector<size_t> uses(graph.values.size());
  for (const graph::Node& node : graph.nodes) {
    for (const graph::ValueId id : node.inputs) {
      if (id != graph::kNoValue) ++uses[id];
    }
  }
  for (const graph::Output& output : graph.outputs) ++uses[output.value];
  return uses;
}

}  // namespace lmos::passes
