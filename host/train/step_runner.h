// Runs optimizer steps: the graphs of the micro-steps, the persistent tensors they change, and
// their inputs.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"
#include "train/batch_buffers.h"
#include "train/training_graph.h"

namespace lmos::train {

// The shape of a step and the constants of its optimizer.
struct StepShape {
  int64_t sequence = 0;    // tokens
  int64_t batch = 0;       // sequences in a micro-batch
  int64_t accumulate = 1;  // micro-batches
  bool recompute = false;
  double clip = 0;
};

struct AdamW {
  double beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8, weight_decay = 0;
};

struct StepResult {
  double loss = 0;       // mean over counted tokens, in nats
  double grad_norm = 0;  // before clipping
};

// Labels that are not ignored.
int64_t count_labels(const std::vector<int32_t>& labels);

// The executables of a step, planned and not yet allocated: what `validate` reports on.
std::vector<std::unique_ptr<runtime::Executable>> plan_step(runtime::Device& device,
                                                            const graph::Graph& loss,
                                                            const StepShape& shape);

// One thread at a time.
class StepRunner {
 public:
  // `loss`: a causal_lm.loss graph with float32 storage. `tensors` holds its parameters; first and
  // second moments and, with several micro-batches, gradients are allocated in it, the moments as
  // zeros unless they are there already.
  StepRunner(runtime::Device& device, const graph::Graph& loss, const StepShape& shape,
             const AdamW& adamw, runtime::TensorStore& tensors);

  // Step `step`, counted from 0, on the source's global batch of that step. `seed` decides dropout.
  StepResult run(const data::BatchSource& source, uint64_t seed, int64_t step,
                 double learning_rate);
  // The same on given rows, with one micro-batch: input_ids and labels are [batch, sequence];
  // labels[t] is what token t predicts.
  StepResult run(const std::vector<int32_t>& input_ids, const std::vector<int32_t>& labels,
                 uint64_t seed, int64_t step, double learning_rate);

  // The memory between nodes, which the caller gives: at least arena_bytes(), before the first
  // step.
  uint64_t arena_bytes() const;
  void use_arena(const runtime::Buffer& arena);
  // As of Executable.
  void set_profiler(runtime::Profiler* profiler);

 private:
  void set_constants(uint64_t seed, int64_t step, int64_t micro, double learning_rate,
                     int64_t counted);
  double run_micro_step(int64_t micro);
  StepResult result(double loss_sum, int64_t counted);

  StepShape shape_;
  AdamW adamw_;
  runtime::Stream stream_;
  std::vector<std::unique_ptr<runtime::Executable>>
      executables_;  // first, middle, last; or the only one
  std::unique_ptr<BatchBuffers> inputs_;
};

}  // namespace lmos::train
