// Casts each parameter to a dtype once, however often the model uses it.
#pragma once

#include "graph/graph.h"

namespace lmos::passes {

// Of equal casts of one parameter, input or state, keeps the first, as long as no node between
// changes the value. Before recompute: it would undo the clones.
graph::Graph merge_casts(const graph::Graph& graph);

}  // namespace lmos::passes
