#include "bench/bench.h"

#include <algorithm>
#include <functional>
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

constexpr double kBudgetSeconds = 5, kRoundSeconds = 0.3;
constexpr size_t kLeastRounds = 5;
constexpr int kProfiledRuns = 3;

std::vector<int32_t> random_ids(size_t count, int64_t vocab, uint64_t seed) {
  std::vector<int32_t> ids(count);
  for (size_t i = 0; i < count; ++i)
    ids[i] = static_cast<int32_t>(random::philox(seed, {static_cast<uint32_t>(i), 0, 0, 0})[0] %
                                  static_cast<uint64_t>(vocab));
  return ids;
}

// As a scheduler does for greedy requests: the logits themselves come from the device only where it
// does not pick the likeliest tokens out.
void step(infer::CachedModel& model, std::span<const infer::Token> tokens,
          std::span<const int32_t> rows) {
  model.run(tokens, rows);
  for (size_t row = 0; row < rows.size(); ++row)
    if (!model.likeliest(row)) model.logits(row);
}

// Of one run of the work.
struct Cost {
  double tokens, bytes, flops;
};

// Rounds of the machine's limits and then the work, until the budget is spent.
Figure measure(std::string name, const Cost& cost, LimitProbe& probe,
               const std::function<void()>& work) {
  work();
  std::vector<double> reads, products, seconds, shares;
  for (double spent = 0; seconds.size() < kLeastRounds || spent < kBudgetSeconds;) {
    const MachineLimits limits = probe.measure();
    std::vector<double> runs;
    for (double round = 0; runs.size() < 2 || round < kRoundSeconds; round += runs.back())
      runs.push_back(seconds_of(work));
    for (const double run : runs) spent += run;
    seconds.push_back(median(runs));
    reads.push_back(limits.read_bytes_per_second);
    products.push_back(limits.product_flops_per_second);
    shares.push_back(std::max(cost.bytes / reads.back(), cost.flops / products.back()) /
                     seconds.back());
  }
  Figure result;
  result.name = std::move(name);
  result.tokens_per_second = cost.tokens / median(seconds);
  result.bytes_per_token = cost.bytes / cost.tokens;
  result.flops_per_token = cost.flops / cost.tokens;
  result.limits = {median(reads), median(products)};
  result.bound_by_reading = cost.bytes / result.limits.read_bytes_per_second >
                            cost.flops / result.limits.product_flops_per_second;
  result.share_of_limit = median(shares);
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
                      const train::StepShape& shape, uint64_t seed, LimitProbe& probe,
                      runtime::Profiler* profiler) {
  const train::TrainingPlan plan = train::plan_training(device, loss, shape, std::nullopt);
  runtime::Stream stream(device);
  runtime::TensorStore tensors(device);
  add_random_weights(tensors, stream, loss, runtime::MemoryCategory::kParameters, seed);
  train::StepShape single = shape;
  single.accumulate = 1;
  train::StepRunner runner(device, loss, single, {}, tensors);
  const runtime::Buffer arena =
      device.allocate(runner.arena_bytes(), runtime::MemoryCategory::kActivations);
  runner.use_arena(arena);

  const data::Symbols& symbols = shape.batches.front();
  const int64_t sequence = symbols.find("sequence")->second;
  const size_t tokens = static_cast<size_t>(symbols.find("tokens")->second);
  int64_t smallest_vocab = INT64_MAX;
  for (const graph::Parameter& parameter : loss.parameters)
    for (size_t i = 0; i < parameter.axes.size(); ++i)
      if (parameter.axes[i] == "vocab")
        smallest_vocab = std::min(smallest_vocab, loss.type(parameter.value).dims[i]);
  data::Batch batch;
  batch.inputs["input_ids"] = random_ids(tokens, smallest_vocab, seed);
  batch.inputs["labels"] = random_ids(tokens, smallest_vocab, seed + 1);
  batch.inputs["segments"].resize(tokens);
  for (size_t i = 0; i < tokens; ++i)
    batch.inputs["positions"].push_back(static_cast<int32_t>(static_cast<int64_t>(i) % sequence));
  batch.counted["loss"] = static_cast<int64_t>(tokens);
  int64_t step = 0;
  const auto run = [&] { runner.run(batch, seed, step++, 1e-4); };
  // Weights, gradients and moments pass through memory once a step at least.
  const Cost cost{static_cast<double>(tokens), static_cast<double>(plan.memory.weights) * 7,
                  plan.flops_per_step / static_cast<double>(shape.accumulate)};
  Figure figure = measure("train", cost, probe, run);
  if (profiler != nullptr) {
    runner.set_profiler(profiler);
    for (int i = 0; i < kProfiledRuns; ++i) run();
  }
  return figure;
}

std::vector<Figure> bench_generation(runtime::Device& device, const graph::Graph& logits,
                                     const GenerationBench& shape, uint64_t seed, LimitProbe& probe,
                                     runtime::Profiler* profiler) {
  runtime::Stream stream(device);
  runtime::TensorStore tensors(device);
  add_random_weights(tensors, stream, logits, runtime::MemoryCategory::kParameters, seed);
  const infer::CacheShape cache{shape.sequences, std::max(shape.prompt, shape.context + 1),
                                shape.prompt};
  infer::CachedModel model(device, logits, tensors, cache);
  const graph::Graph cached = infer::with_cache(device, logits, cache);
  const auto flops = [&](int64_t tokens, int64_t rows) {
    return graph::flops(
        runtime::compile(device, cached, {{"tokens", tokens}, {"rows", rows}})->graph());
  };

  std::vector<infer::Token> prompt;
  const std::vector<int32_t> ids =
      random_ids(static_cast<size_t>(shape.prompt), model.vocab_size(), seed);
  for (int32_t i = 0; i < shape.prompt; ++i) prompt.push_back({ids[i], 0, i});
  const int32_t last_row[] = {static_cast<int32_t>(shape.prompt) - 1};
  const double weights = weight_bytes(logits) - lookup_bytes(logits);
  std::vector<Figure> figures;
  figures.push_back(measure("prefill " + std::to_string(shape.prompt),
                            {static_cast<double>(shape.prompt), weights, flops(shape.prompt, 1)},
                            probe, [&] { step(model, prompt, last_row); }));

  std::vector<infer::Token> tokens;
  std::vector<int32_t> rows(static_cast<size_t>(shape.sequences));
  std::iota(rows.begin(), rows.end(), 0);
  for (int32_t slot = 0; slot < shape.sequences; ++slot)
    tokens.push_back({ids[slot % ids.size()], slot, static_cast<int32_t>(shape.context)});
  double cache_row = 0;  // bytes of one position of one sequence
  for (const graph::ValueId state : cached.states)
    cache_row += static_cast<double>(cached.type(state).bytes()) /
                 static_cast<double>((cache.page_count() + 1) * cache.page_tokens);
  const double sequences = static_cast<double>(shape.sequences);
  figures.push_back(
      measure("decode " + std::to_string(shape.sequences) + " at " + std::to_string(shape.context),
              {sequences, weights + sequences * static_cast<double>(shape.context) * cache_row,
               flops(shape.sequences, shape.sequences)},
              probe, [&] { step(model, tokens, rows); }));
  if (profiler != nullptr) {
    model.set_profiler(profiler);
    step(model, prompt, last_row);
    for (int i = 0; i < kProfiledRuns; ++i) step(model, tokens, rows);
  }
  return figures;
}

}  // namespace lmos::bench
