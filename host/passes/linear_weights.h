// The matrices of products, for passes that store them otherwise.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/graph.h"

namespace lmos::passes {

// A parameter that nothing but linears of one layout read: no embedding or norm, nor the output
// head, which is a matmul.
struct LinearWeight {
  size_t parameter;  // index in Graph::parameters
  bool transposed;   // the linears have it as [I, O]
};
std::vector<LinearWeight> weights_of_linears(const graph::Graph& graph);

// Gives the parameter the layout [O, I]; files hold it as before.
graph::Parameter& lay_by_outputs(graph::Graph& graph, const LinearWeight& weight);

}  // namespace lmos::passes
