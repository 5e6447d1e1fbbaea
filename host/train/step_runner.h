// Runs optimizer steps: the graphs of the micro-steps, the persistent tensors they change, and
// their inputs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"
#include "train/adamw.h"
#include "train/batch_buffers.h"
#include "train/loss_scale.h"
#include "train/training_graph.h"

namespace lmos::train {

// The shape of a step.
struct StepShape {
  std::vector<data::Symbols> batches;  // shapes of a micro-batch, see data::Batches
  int64_t accumulate = 1;              // micro-batches
  bool recompute = false;
  double clip = 0;
  bool scaled = false;  // by a LossScale
  bool stochastic_rounding = false;
};

struct StepResult {
  double loss = 0;  // the sum of the means of all losses, in nats
  // The mean of each loss over what counts, by its output: "loss", "loss.masked_lm".
  std::map<std::string, double, std::less<>> losses;
  double grad_norm = 0;  // before clipping; where it is scaled and not finite, nothing changed
  int64_t tokens = 0;    // of data
};

// The executables of the micro-steps: the first, those in the middle, the last; or the only one.
using StepExecutables = std::vector<std::unique_ptr<runtime::Executable>>;

// For each shape of a micro-batch, planned and not yet allocated: what `validate` reports on.
std::vector<StepExecutables> plan_step(runtime::Device& device, const graph::Graph& loss,
                                       const StepShape& shape);

// One thread at a time.
class StepRunner {
 public:
  // `loss`: a model's graph of a task *.loss with float32 storage. `tensors` holds its parameters;
  // first and second moments and, with several micro-batches, gradients are allocated in it, the
  // moments as zeros unless they are there already.
  StepRunner(runtime::Device& device, const graph::Graph& loss, const StepShape& shape,
             const AdamW& adamw, runtime::TensorStore& tensors);

  // Step `step`, counted from 0, on the global batch of that step. `seed` decides dropout. Each
  // loss is divided by what counts in all micro-batches together. Error(kInput) if nothing does.
  // The optimizer's own count leaves out the steps that `scale` skipped.
  StepResult run(const data::Batches& batches, uint64_t seed, int64_t step, double learning_rate,
                 const LossScale& scale = {});
  // The same on a given batch; with one micro-batch.
  StepResult run(const data::Batch& batch, uint64_t seed, int64_t step, double learning_rate,
                 const LossScale& scale = {});

  // The memory between nodes, which the caller gives: at least arena_bytes(), before the first
  // step.
  uint64_t arena_bytes() const;
  void use_arena(const runtime::Buffer& arena);
  // As of Executable.
  void set_profiler(runtime::Profiler* profiler);

 private:
  StepResult run_step(const data::Batch* batches, uint64_t seed, int64_t step, double learning_rate,
                      const LossScale& scale);
  void set_hyper(int64_t step, double learning_rate);
  void run_micro_step(const data::Batch& batch, uint64_t seed, int64_t step, int64_t micro);
  template <class Visit>
  void for_each_executable(const Visit& visit) const;

  StepShape shape_;
  AdamW adamw_;
  runtime::Stream stream_;
  std::vector<std::string> loss_ends_;
  std::vector<double> loss_sums_;             // of the step so far, as loss_ends_
  std::vector<StepExecutables> executables_;  // by shape
  std::vector<data::Batch> batches_;          // of the step
  std::unique_ptr<BatchBuffers> inputs_;
};

}  // namespace lmos::train
