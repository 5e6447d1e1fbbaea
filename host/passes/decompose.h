// Replaces coarse ops that a backend has no kernel for.
#pragma once

#include "graph/graph.h"
#include "passes/supports.h"

namespace lmos::passes {

// The graph in which every node is supported: others are replaced by their decompositions, again
// and again. All shapes are numbers. Throws kPlugin, naming op and shapes, if a primitive is not
// supported.
graph::Graph decompose(graph::Graph graph, const Supports& supports);

}  // namespace lmos::passes
