// Trades time for memory: block by block, the backward pass computes the activations again (Chen et
// al. 2016, Training Deep Nets with Sublinear Memory Cost).
#pragma once

#include <cstddef>

#include "graph/graph.h"

namespace lmos::passes {

// `first_backward`: how many nodes the graph had before gradients were appended.
//
// Before the first backward node of each block, the block's forward nodes that its backward nodes
// need are emitted once more, and the backward nodes read those. What stays live between is only
// what other blocks read too: the blocks' inputs. Random numbers repeat, because their state and
// site are operands. Nodes that change a state, or read one that is changed between, keep their
// first result.
graph::Graph recompute(const graph::Graph& graph, size_t first_backward);

}  // namespace lmos::passes
