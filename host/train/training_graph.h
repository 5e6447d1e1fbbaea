// The graph of a training step: forward, backward, clipping and optimizer in one, from a model's
// loss graph.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace lmos::train {

// What a micro-step does with its gradients. With one micro-step a batch, a single kUpdate graph is
// the whole step and gradients live in the activation arena; otherwise they live in states
// `gradient.NAME`.
enum class MicroStep {
  kFirst,      // gradient = g
  kMiddle,     // gradient += g
  kLast,       // gradient += g, then clip and update
  kUpdate,     // clip and update from g itself
  kGradients,  // g is an output `grad.NAME`; for verification
};

struct TrainingGraphOptions {
  MicroStep micro_step = MicroStep::kUpdate;
  // Keep only block inputs, and run each block's forward again in its backward.
  bool recompute = false;
  double clip = 0;      // largest global gradient norm; 0: no clipping
  bool scaled = false;  // losses come multiplied by a scale that gradients are divided by
  bool stochastic_rounding = false;  // of weights to bfloat16
};

// `loss`: a model's graph of a task *.loss, whose outputs `loss` or `loss.NAME` are losses an item:
// one for each token, sequence, … of which some count. They are replaced by sums, and other outputs
// dropped. The result adds, where * is the end of a loss's name ("" or .NAME),
//   - inputs: loss_scale* [] f32 (1 / what counts in the global batch); when it updates, hyper [7]
//     f32 (docs/ops.md, adamw) and, if `scaled`, unscale [] f32, by which gradients are multiplied:
//     such an update changes nothing where the norm is not finite;
//   - states: first_moment.NAME, second_moment.NAME f32 where it updates, gradient.NAME f32 where
//     gradients are accumulated;
//   - outputs: loss_sum* [] f32 (over what counts), grad_norm [] f32 (before clipping) where it
//     updates.
// Every parameter must be reached by a loss.
graph::Graph training_graph(const graph::Graph& loss, const TrainingGraphOptions& options);

// The forward graph with outputs loss_sum* instead of loss*, and the other outputs.
graph::Graph evaluation_graph(const graph::Graph& loss);

// The ends of the names of a loss graph's losses, in the order of the outputs: "" or ".NAME".
std::vector<std::string> loss_ends(const graph::Graph& loss);

}  // namespace lmos::train
