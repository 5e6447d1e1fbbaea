// What a pass needs that adds random numbers to a graph.
#pragma once

#include "graph/builder.h"
#include "graph/graph.h"

namespace lmos::passes {

// The first number above the sites of all random nodes.
int64_t first_free_site(const graph::Graph& graph);

// The input `random_state`, which is added where there is none.
graph::ValueId random_state(graph::Builder& builder);

}  // namespace lmos::passes
