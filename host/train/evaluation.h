// Loss on held-out data.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "data/batch_source.h"
#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/executable.h"
#include "runtime/tensor_store.h"
#include "train/batch_buffers.h"

namespace lmos::train {

// The executable of an evaluation, planned and not yet allocated.
std::unique_ptr<runtime::Executable> plan_evaluation(runtime::Device& device,
                                                     const graph::Graph& loss, int64_t batch,
                                                     int64_t sequence);

struct EvaluationResult {
  double loss = 0;           // mean over counted tokens, in nats
  double perplexity = 0;     // e^loss
  double bits_per_byte = 0;  // all the loss, in bits, over the UTF-8 bytes of the text it is for
  int64_t tokens = 0;        // counted ones
};

// One thread at a time.
class Evaluator {
 public:
  // `loss`: a causal_lm.loss graph without dropout; `tensors` holds its parameters. Both devices
  // and tensors outlive it. The source is in order, with `batch` rows a step.
  Evaluator(runtime::Device& device, const graph::Graph& loss, const data::BatchSource& source,
            runtime::TensorStore& tensors);

  // Of the first `batches` batches; 0: of all. `progress(done, total)` is called after each and
  // stops the evaluation by returning false: then the result is of what was done. Error(kNumeric)
  // when the loss is not finite.
  EvaluationResult run(int64_t batches, const std::function<bool(int64_t, int64_t)>& progress = {});

  // The memory between nodes, which the caller gives: at least arena_bytes(), before the first run.
  uint64_t arena_bytes() const { return executable_->plan().arena_bytes; }
  void use_arena(const runtime::Buffer& arena) { executable_->use_arena(arena); }

 private:
  const data::BatchSource& source_;
  runtime::Stream stream_;
  std::unique_ptr<runtime::Executable> executable_;
  std::unique_ptr<BatchBuffers> inputs_;
};

}  // namespace lmos::train
