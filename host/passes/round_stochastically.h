// Weights that are rounded up or down at random, so that they are right in the mean (Gupta et al.
// 2015, *Deep learning with limited numerical precision*).
#pragma once

#include "graph/graph.h"

namespace lmos::passes {

// Casts of float32 parameters to bfloat16 round to one of the two neighbours: to the farther one
// with the probability that is the distance from the nearer one over the distance of both, by
// numbers of `random_state` (docs/ops.md, *Random numbers*), with one site a parameter. Every
// backend gives the same bits, since each step is one of exact arithmetic or of one rounding. After
// autodiff: the gradient is that of `cast`.
graph::Graph round_stochastically(const graph::Graph& graph);

}  // namespace lmos::passes
