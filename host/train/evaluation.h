// Losses and metrics on held-out data.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "data/batches.h"
#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"
#include "tasks/task.h"
#include "train/batch_buffers.h"

namespace lmos::train {

// The executables of an evaluation, one for each shape, planned and not yet allocated.
std::vector<std::unique_ptr<runtime::Executable>> plan_evaluation(
    runtime::Device& device, const graph::Graph& loss, const std::vector<data::Symbols>& shapes);

struct EvaluationResult {
  double loss = 0;                     // the sum of the means of all losses, in nats
  bool counted = false;                // whether anything had a label; without, there is no loss
  std::vector<tasks::Metric> metrics;  // the task's, in the order in which they are shown
  std::vector<Json> answers;           // of the task's Scores

  // The value of a metric; Error(kInternal) if there is none of that name.
  double metric(std::string_view name) const;
};

// One thread at a time.
class Evaluator {
 public:
  // `loss`: the model's graph of task.loss_graph() without dropout; `tensors` holds its parameters.
  // All of them outlive it. The batches are in order, with one micro-batch a step.
  Evaluator(runtime::Device& device, const graph::Graph& loss, const tasks::Task& task,
            const data::Batches& batches, runtime::TensorStore& tensors);

  // Of the first `steps` batches; 0: of all. `progress(done, total)` is called after each and stops
  // the evaluation by returning false: then the result is of what was done. Error(kInput) when
  // nothing has a label and no answers were asked for, Error(kNumeric) when the loss is not finite.
  EvaluationResult run(int64_t steps, const std::function<bool(int64_t, int64_t)>& progress = {});

  // The memory between nodes, which the caller gives: at least arena_bytes(), before the first run.
  uint64_t arena_bytes() const;
  void use_arena(const runtime::Buffer& arena);

 private:
  tasks::Predictions predictions(const runtime::Executable& executable);

  const tasks::Task& task_;
  const data::Batches& batches_;
  runtime::Stream stream_;
  std::vector<std::string> loss_ends_;
  std::vector<std::unique_ptr<runtime::Executable>> executables_;  // by shape
  std::unique_ptr<BatchBuffers> inputs_;
};

}  // namespace lmos::train
