// What generation needs, known before it starts.
#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "infer/cached_model.h"
#include "runtime/device.h"

namespace lmos::infer {

// Bytes of memory, as the run allocates or maps them.
struct GenerationPlan {
  int64_t parameters = 0;  // without the scales of quantised ones
  uint64_t weights = 0;
  uint64_t cache = 0;
  uint64_t activations = 0;    // the arenas of a full prefill chunk and of a decode step
  double flops_per_token = 0;  // of a decode step with an empty cache
  uint64_t total() const { return weights + cache + activations; }
};

// `logits`: a graph of task causal_lm.logits, with its parameters in the type in which they are
// held.
GenerationPlan plan_generation(runtime::Device& device, const graph::Graph& logits,
                               const CacheShape& shape);

}  // namespace lmos::infer
