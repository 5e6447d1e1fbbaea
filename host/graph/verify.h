// The specification of a legal graph, as a check: every invariant of graph.h.
#pragma once

#include "graph/graph.h"

namespace lmos::graph {

// Throws kInternal at the first invariant that does not hold; the message names the node's index,
// op, operand and shapes. Passes call it after themselves in tests.
void verify(const Graph& graph);

}  // namespace lmos::graph
