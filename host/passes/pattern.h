// Questions about the surroundings of a node, for passes that look for patterns.
#pragma once

#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace lmos::passes {

// By value: how many operands of nodes and outputs of the graph it is.
std::vector<size_t> count_uses(const graph::Graph& graph);

// By value: the indexes of the nodes that read it, once an operand, ascending; an output of the
// graph counts as the node after the last.
std::vector<std::vector<size_t>> users_of(const graph::Graph& graph);

// The node of that op which computes the value; null if none does.
const graph::Node* made_by(const graph::Graph& graph, graph::ValueId id, std::string_view op);

}  // namespace lmos::passes
