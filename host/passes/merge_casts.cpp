#include "passes/merge_casts.h"

#include <map>
#include <utility>

#include "graph/op.h"
#include "passes/rewrite.h"
#include "passes/state_changes.h"

namespace lmos::passes {

graph::Graph merge_casts(const graph::Graph& graph) {
  const StateChanges changes(graph);
  std::map<std::pair<graph::ValueId, int64_t>, size_t>
      latest;  // node of the cast, by operand and dtype
  Rewriter rewriter(graph);
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const graph::Node& node = graph.nodes[index];
    if (node.op->name == "cast" && graph.value(node.inputs[0]).kind != graph::ValueKind::kNode) {
      const graph::ValueId x = node.inputs[0];
      const auto [entry, fresh] = latest.try_emplace({x, node.attributes.integer("dtype")}, index);
      if (!fresh && !changes.changed(x, entry->second, index)) {
        rewriter.replace(node.outputs[0], rewriter.map(graph.nodes[entry->second].outputs[0]));
        continue;
      }
      entry->second = index;
    }
    rewriter.copy(node);
  }
  return rewriter.finish();
}

}  // namespace lmos::passes
