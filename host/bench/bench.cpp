#include "bench/bench.h"

#include <algorithm>
#include <numeric>

#include "bench/random_weights.h"
#include "bench/timing.h"
#include "graph/op.h"
#include "infer/cached_model.h"
#include "random/philox.h"
#include "runtime/compile.h"
#include "train/training_plan.h"

namespace lmos::bench {
namespace {

constexpr double kBudgetSeconds = 5;
constexpr int kProfiledRuns = 3;

std::vector<int32_t> random_ids(size_t count, int64_t vocab, uint64_t seed) {
  std::vector<int32_t> ids(count);
  for (size_t i = 0; i < count; ++i)
    ids[i] = static_cast<int32_t>(random::philox(seed, {static_cast<uint32_t>(i), 0, 0, 0})[0] %
                                  static_cast<uint64_t>(vocab));
  return ids;
}

Figure figure(std::string name, double tokens, double seconds, double bytes, double flops,
              const MachineLimits& limits) {
  const double reading = bytes / limits.read_bytes_per_second;
  const double computing = flops / limits.product_flops_per_second;
  Figure result;
  result.name = std::move(name);
  result.tokens_per_second = tokens / seconds;
  result.bytes_per_token = bytes / tokens;
  result.flops_per_token = flops / tokens;
  result.bound_by_reading = reading > computing;
  result.share_of_limit = std::max(reading, computing) / seconds;
  return result;
}

double weight_bytes(const graph::Graph& graph) {
  double bytes = 0;
  for (const graph::Parameter& parameter : graph.parameters)
    bytes += static_cast<double>(graph.type(parameter.value).bytes());
  return bytes;
}

// Only looked up, row by row, in a decode step: parameters that no product reads.
double lookup_bytes(const graph::Graph& graph) {
  double bytes = 0;
  for (const graph::Parameter& parameter : graph.parameters) {
    const bool only_looked_up = std::ranges::all_of(graph.nodes, [&](const graph::Node& node) {
      return std::ranges::find(node.inputs, parameter.value) == node.inputs.end() ||
             node.op->name == "gather_rows";
    });
    if (only_looked_up) bytes += static_cast<double>(graph.type(parameter.value).bytes());
  }
  return bytes;
}

}  // namespace

Figure bench_training(runtime::Device& device, const graph::Graph& loss,
                      const train::StepShape& shape, uint64_t seed, const MachineLimits& limits,
                      runtime::Profiler* profiler) {
  const train::TrainingPlan plan = train::plan_training(device, loss, shape, std::nullopt);
  runtime::Stream stream(device);
  runtime::TensorStore tensors(device);
  add_random_weights(tensors, stream, loss, seed);
  train::StepShape single = shape;
  single.accumulate = 1;
  train::StepRunner runner(device, loss, single, {}, tensors);
  const runtime::Buffer arena =
      device.allocate(runner.arena_bytes(), runtime::MemoryCategory::kActivations);
  runner.use_arena(arena);

  const size_t tokens = static_cast<size_t>(shape.batch * shape.sequence);
  int64_t smallest_vocab = INT64_MAX;
  for (const graph::Parameter& parameter : loss.parameters)
    for (size_t i = 0; i < parameter.axes.size(); ++i)
      if (parameter.axes[i] == "vocab")
        smallest_vocab = std::min(smallest_vocab, loss.type(parameter.value).dims[i]);
  const std::vector<int32_t> ids = random_ids(tokens, smallest_vocab, seed),
                             labels = random_ids(tokens, smallest_vocab, seed + 1);
  int64_t step = 0;
  const auto run = [&] { runner.run(ids, labels, seed, step++, 1e-4); };
  const Timing timing = time_runs(kBudgetSeconds, run);
  if (profiler != nullptr) {
    runner.set_profiler(profiler);
    for (int i = 0; i < kProfiledRuns; ++i) run();
  }
  // Weights, gradients and moments pass through memory once a step at least.
  const double bytes = static_cast<double>(plan.memory.weights) * 7;
  return figure("train", static_cast<double>(tokens), timing.seconds, bytes,
                plan.flops_per_step / static_cast<double>(shape.accumulate), limits);
}

std::vector<Figure> bench_generation(runtime::Device& device, const graph::Graph& logits,
                                     const GenerationBench& shape, uint64_t seed,
                                     const MachineLimits& limits, runtime::Profiler* profiler) {
  runtime::Stream stream(device);
  runtime::TensorStore tensors(device);
  add_random_weights(tensors, stream, logits, seed);
  const infer::CacheShape cache{shape.sequences, std::max(shape.prompt, shape.context + 1),
                                shape.prompt};
  infer::CachedModel model(device, logits, tensors, cache);
  const graph::Graph cached = infer::with_cache(logits, cache);
  const auto flops = [&](int64_t tokens, int64_t rows) {
    return graph::flops(
        runtime::compile(device, cached, {{"tokens", tokens}, {"rows", rows}})->graph());
  };

  std::vector<infer::Token> prompt;
  const std::vector<int32_t> ids =
      random_ids(static_cast<size_t>(shape.prompt), model.vocab_size(), seed);
  for (int32_t i = 0; i < shape.prompt; ++i) prompt.push_back({ids[i], 0, i});
  const int32_t last_row[] = {static_cast<int32_t>(shape.prompt) - 1};
  const Timing prefill = time_runs(kBudgetSeconds, [&] { model.forward(prompt, last_row); });

  std::vector<infer::Token> tokens;
  std::vector<int32_t> rows(static_cast<size_t>(shape.sequences));
  std::iota(rows.begin(), rows.end(), 0);
  for (int32_t slot = 0; slot < shape.sequences; ++slot)
    tokens.push_back({ids[slot % ids.size()], slot, static_cast<int32_t>(shape.context)});
  const Timing decode = time_runs(kBudgetSeconds, [&] { model.forward(tokens, rows); });
  if (profiler != nullptr) {
    model.set_profiler(profiler);
    model.forward(prompt, last_row);
    for (int i = 0; i < kProfiledRuns; ++i) model.forward(tokens, rows);
  }

  double cache_row = 0;  // bytes of one position of one sequence
  for (const graph::ValueId state : cached.states)
    cache_row += static_cast<double>(cached.type(state).bytes()) /
                 static_cast<double>((cache.slots + 1) * cache.capacity);
  const double weights = weight_bytes(logits) - lookup_bytes(logits);
  const double sequences = static_cast<double>(shape.sequences);
  return {
      figure("prefill " + std::to_string(shape.prompt), static_cast<double>(shape.prompt),
             prefill.seconds, weights, flops(shape.prompt, 1), limits),
      figure("decode " + std::to_string(shape.sequences) + " at " + std::to_string(shape.context),
             sequences, decode.seconds,
             weights + sequences * static_cast<double>(shape.context) * cache_row,
             flops(shape.sequences, shape.sequences), limits)};
}

}  // namespace lmos::bench
