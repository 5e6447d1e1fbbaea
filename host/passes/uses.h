// How often each value of a graph is read: what decides whether a node may disappear into another.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace lmos::passes {

// By value: how many operands of nodes, and outputs of the graph, it is.
std::vector<size_t> count_uses(const graph::Graph& graph);

}  // namespace lmos::passes
