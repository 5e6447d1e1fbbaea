// Speed of a model on a device, each figure beside the limit that holds it. Given a profiler, a few
// more runs are measured node by node.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/machine_limits.h"
#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/profiler.h"
#include "train/step_runner.h"

namespace lmos::bench {

struct Figure {
  std::string name;  // "train", "prefill 512", "decode at 128"
  double tokens_per_second = 0;
  double bytes_per_token = 0;  // weights and cache that must be read
  double flops_per_token = 0;
  MachineLimits limits;  // while this was measured
  // Of the limit that binds: bytes over the read rate, or FLOPs over the product rate, whichever
  // takes longer. The median over rounds, each of which measures the limits and then the work.
  double share_of_limit = 0;
  bool bound_by_reading = false;
};

// `loss`: float32 storage. Parameters and tokens are random; nothing is written.
Figure bench_training(runtime::Device& device, const graph::Graph& loss,
                      const train::StepShape& shape, uint64_t seed, LimitProbe& probe,
                      runtime::Profiler* profiler);

struct GenerationBench {
  int64_t prompt = 512;   // tokens of the prefill
  int64_t context = 128;  // tokens in the cache while decoding
  int64_t sequences = 1;  // decoding together
};

// Prefill of one sequence, then decoding. `logits` has its parameters in the type in which they are
// held.
std::vector<Figure> bench_generation(runtime::Device& device, const graph::Graph& logits,
                                     const GenerationBench& shape, uint64_t seed, LimitProbe& probe,
                                     runtime::Profiler* profiler);

}  // namespace lmos::bench
