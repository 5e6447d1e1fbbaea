#include "passes/pattern.h"

#include "graph/op.h"

namespace lmos::passes {

std::vector<size_t> count_uses(const graph::Graph& graph) {
  std::vector<size_t> uses(graph.values.size());
  for (const graph::Node& node : graph.nodes) {
    for (graph::ValueId id : node.inputs) {
      if (id != graph::kNoValue) ++uses[id];
    }
  }
  for (const graph::Output& output : graph.outputs) ++uses[output.value];
  return uses;
}

std::vector<std::vector<size_t>> users_of(const graph::Graph& graph) {
  std::vector<std::vector<size_t>> users(graph.values.size());
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    for (graph::ValueId id : graph.nodes[index].inputs) {
      if (id != graph::kNoValue) users[id].push_back(index);
    }
  }
  for (const graph::Output& output : graph.outputs) {
    users[output.value].push_back(graph.nodes.size());
  }
  return users;
}

const graph::Node* made_by(const graph::Graph& graph, graph::ValueId id, std::string_view op) {
  const graph::Value& value = graph.value(id);
  if (value.kind != graph::ValueKind::kNode) return nullptr;
  const graph::Node& node = graph.nodes[value.node];
  return node.op->name == op ? &node : nullptr;
}

}  // namespace lmos::passes
