// Where in a graph each parameter and state is changed: what decides whether a read of it may move.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace lmos::passes {

class StateChanges {
 public:
  explicit StateChanges(const graph::Graph& graph);

  // Whether the value is changed by one of the nodes `begin` … `end` - 1.
  bool changed(graph::ValueId value, size_t begin, size_t end) const;
  // Whether one of the node's operands is: the node would compute something else at the other end.
  bool operand_changed(const graph::Node& node, size_t begin, size_t end) const;

 private:
  std::vector<std::vector<size_t>> changes_;  // by value: indexes of nodes, ascending
};

}  // namespace lmos::passes
