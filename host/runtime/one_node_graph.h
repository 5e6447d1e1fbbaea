// A node on its own.
#pragma once

#include "graph/graph.h"

namespace lmos::runtime {

// A graph of that node: its operands are the inputs "input <i>", or states of that name where the
// op changes them; its results are the outputs "output <i>". All shapes are numbers.
graph::Graph one_node_graph(const graph::Graph& graph, const graph::Node& node);

}  // namespace lmos::runtime
