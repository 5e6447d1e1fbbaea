// What a training run needs, known before it starts.
#pragma once

#include <cstdint>
#include <optional>

#include "graph/graph.h"
#include "runtime/device.h"
#include "train/step_runner.h"

namespace lmos::train {

// Bytes of device memory, exactly as the run allocates them.
struct TrainingMemory {
  uint64_t weights = 0;
  uint64_t frozen = 0;  // weights under an adapter: read where their file is mapped, if the device
                        // can and the types agree, else allocated
  uint64_t gradients = 0;  // with several micro-batches; otherwise they live among the activations
  uint64_t optimizer = 0;  // both moments
  uint64_t inputs = 0;
  uint64_t activations = 0;  // the arena: values between nodes, and scratch
  uint64_t total() const { return weights + frozen + gradients + optimizer + inputs + activations; }
};

// Where micro-batches have several shapes, the figures of a step are those of the largest.
struct TrainingPlan {
  int64_t parameters = 0;         // numbers that are trained, a tied one once
  int64_t frozen_parameters = 0;  // that are not: a model under an adapter
  double flops_per_step = 0;
  int64_t tokens_per_step = 0;  // padding included
  TrainingMemory memory;
};

struct EvaluationShape {
  graph::Graph loss;                   // without dropout
  std::vector<data::Symbols> batches;  // shapes of a batch
};

// `loss` as of StepRunner. `evaluation`: when the run evaluates too. Allocates nothing for values
// on the device.
TrainingPlan plan_training(runtime::Device& device, const graph::Graph& loss,
                           const StepShape& shape,
                           const std::optional<EvaluationShape>& evaluation);

}  // namespace lmos::train
