// Removes nodes that nothing needs.
#pragma once

#include "graph/graph.h"

namespace lmos::passes {

// Keeps the nodes that change a state, and those that graph outputs or kept nodes depend on.
// Inputs, parameters and states stay.
graph::Graph eliminate_dead(const graph::Graph& graph);

}  // namespace lmos::passes
