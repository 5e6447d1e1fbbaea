// A graph as text for people: error reports, `llmasos graph`, tests.
#pragma once

#include <string>

#include "graph/graph.h"

namespace lmos::graph {

// "{epsilon=1e-05}", without the braces; empty if there are none. dtypes by name.
std::string to_string(const Attributes& attributes, const Graph* symbols = nullptr);
// "%12 = rms_norm(%3, %4) {epsilon=1e-05} : f32[tokens,64]"; an absent operand is "_".
std::string print(const Graph& graph, const Node& node);
// Inputs, parameters, states, then a line a node in execution order, indented inside its block,
// then outputs.
std::string print(const Graph& graph);
// The graph for Graphviz, each block a cluster.
std::string print_dot(const Graph& graph);

}  // namespace lmos::graph
