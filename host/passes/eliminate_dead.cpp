#include "passes/eliminate_dead.h"

#include <algorithm>
#include <vector>

#include "graph/op.h"
#include "passes/rewrite.h"

namespace lmos::passes {

graph::Graph eliminate_dead(const graph::Graph& graph) {
  std::vector<bool> needed(graph.values.size());
  for (const graph::Output& output : graph.outputs) needed[output.value] = true;
  std::vector<bool> kept(graph.nodes.size());
  for (size_t index = graph.nodes.size(); index-- > 0;) {
    const graph::Node& node = graph.nodes[index];
    kept[index] =
        !node.op->states.empty() || std::any_of(node.outputs.begin(), node.outputs.end(),
                                                [&](graph::ValueId id) { return needed[id]; });
    if (!kept[index]) continue;
    for (graph::ValueId id : node.inputs) {
      if (id != graph::kNoValue) needed[id] = true;
    }
  }
  Rewriter rewriter(graph);
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    if (kept[index]) rewriter.copy(graph.nodes[index]);
  }
  return rewriter.finish();
}

}  // namespace lmos::passes
