// Reverse-mode differentiation of a graph, by the VJP of each op.
#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace lmos::autodiff {

struct Loss {
  graph::ValueId value;  // of a float dtype
  graph::ValueId seed;   // of the value's type
};

// Appends to `graph` the nodes that compute, for each value in `wrt`, the gradient of the sum over
// all losses of Σ seed · value. Nodes that no path from `wrt` to a loss passes through are left
// alone.
// The result has one entry for each of
// `wrt`: kNoValue where no path leads to a loss. A gradient has the dims of its value and its
// dtype; except that the gradient of a value that is cast from f32 may be f32. Contributions are
// summed in the order in which the backward pass reaches them. A new node belongs to the block of
// the forward node that it comes from.
//
// Throws kInternal if an op on the way is not differentiable; the message names the node and the
// reason.
std::vector<graph::ValueId> gradients(graph::Graph& graph, std::span<const Loss> losses,
                                      std::span<const graph::ValueId> wrt);
// Of one loss.
inline std::vector<graph::ValueId> gradients(graph::Graph& graph, graph::ValueId loss,
                                             graph::ValueId seed,
                                             std::span<const graph::ValueId> wrt) {
  const Loss losses[] = {{loss, seed}};
  return gradients(graph, losses, wrt);
}

}  // namespace lmos::autodiff
