#include "passes/state_changes.h"

#include <algorithm>

#include "graph/op.h"

namespace lmos::passes {

StateChanges::StateChanges(const graph::Graph& graph) : changes_(graph.values.size()) {
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const graph::Node& node = graph.nodes[index];
    for (uint32_t operand : node.op->states) changes_[node.inputs[operand]].push_back(index);
  }
}

bool StateChanges::changed(graph::ValueId value, size_t begin, size_t end) const {
  const auto& indexes = changes_[value];
  const auto first = std::lower_bound(indexes.begin(), indexes.end(), begin);
  return first != indexes.end() && *first < end;
}

bool StateChanges::operand_changed(const graph::Node& node, size_t begin, size_t end) const {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](graph::ValueId id) {
    return id != graph::kNoValue && changed(id, begin, end);
  });
}

}  // namespace lmos::passes
