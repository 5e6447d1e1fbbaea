// Reverse-mode differentiation of a graph, by the VJP of each op.
#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace lmos::autodiff {

// Appends to `graph` the nodes that compute, for each value in `wrt`, the gradient of Σ seed ·
// loss. Nodes that no path from `wrt` to `loss` passes through are left alone.
//
// `seed` has the type of `loss`, which is of a float dtype. The result has one entry for each of
// `wrt`: kNoValue where no path leads to the loss. A gradient has the dims of its value and its
// dtype; except that the gradient of a value that is cast from f32 may be f32. Contributions are
// summed in the order in which the backward pass reaches them. A new node belongs to the block of
// the forward node that it comes from.
//
// Throws kInternal if an op on the way is not differentiable; the message names the node and the
// reason.
std::vector<graph::ValueId> gradients(graph::Graph& graph, graph::ValueId loss, graph::ValueId seed,
                                      std::span<const graph::ValueId> wrt);

}  // namespace lmos::autodiff
