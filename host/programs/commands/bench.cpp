#include <cstdio>

#include "bench/bench.h"
#include "components/weight_storage.h"
#include "formats/json_text.h"
#include "llmasos/model.h"
#include "pipeline/pipeline_values.h"
#include "programs/commands/command.h"
#include "programs/pipeline_model.h"
#include "programs/progress.h"
#include "runtime/profiler.h"
#include "tasks/task.h"
#include "train/run_graph.h"

namespace lmos {
namespace {

Json as_json(const bench::Figure& figure) {
  Json json = Json::Object();
  json.set("name", figure.name);
  json.set("tokens_per_second", figure.tokens_per_second);
  json.set("bytes_per_token", figure.bytes_per_token);
  json.set("flops_per_token", figure.flops_per_token);
  json.set("bytes_per_second", figure.bytes_per_token * figure.tokens_per_second);
  json.set("flops_per_second", figure.flops_per_token * figure.tokens_per_second);
  json.set("bound_by", figure.bound_by_reading ? "reading" : "products");
  json.set("share_of_limit", figure.share_of_limit);
  json.set("read_bytes_per_second", figure.limits.read_bytes_per_second);
  json.set("product_flops_per_second", figure.limits.product_flops_per_second);
  return json;
}

struct Machine {
  std::string device;
  double copy_bytes_per_second;
  int64_t product_size;
};

void print_table(const Machine& machine, const std::vector<bench::Figure>& figures) {
  const long long size = machine.product_size;
  std::printf(
      "%s\ncopies %.1f GB/s, read and written; the limits are those of reading 512 MiB and of "
      "a %lld x %lld x %lld product\n",
      machine.device.c_str(), machine.copy_bytes_per_second / 1e9, size, size, size);
  std::printf("%-20s %12s %10s %10s %14s %14s %10s %10s\n", "", "tokens/s", "GB/s", "GFLOP/s",
              "limit GB/s", "limit GFLOP/s", "bound by", "share");
  for (const bench::Figure& figure : figures)
    std::printf("%-20s %12s %10.1f %10.1f %14.1f %14.1f %10s %9.0f%%\n", figure.name.c_str(),
                format_rate(figure.tokens_per_second).c_str(),
                figure.bytes_per_token * figure.tokens_per_second / 1e9,
                figure.flops_per_token * figure.tokens_per_second / 1e9,
                figure.limits.read_bytes_per_second / 1e9,
                figure.limits.product_flops_per_second / 1e9,
                figure.bound_by_reading ? "reading" : "products", figure.share_of_limit * 100);
}

void print_json(const Machine& machine, const std::vector<bench::Figure>& figures) {
  Json json = Json::Object();
  json.set("device", machine.device);
  json.set("copy_bytes_per_second", machine.copy_bytes_per_second);
  json.set("product_size", machine.product_size);
  Json::Array rows;
  for (const bench::Figure& figure : figures) rows.push_back(as_json(figure));
  json.set("figures", std::move(rows));
  std::printf("%s\n", indented_json(json).c_str());
}

// A training pipeline has no key for the weights.
graph::Graph generation_graph(const Arguments& arguments, const Pipeline& pipeline,
                              const PipelineModel& model) {
  const graph::Graph logits =
      model.model().graph(LMOS_TASK_CAUSAL_LM_LOGITS, false, model.compute(), model.compute());
  const auto weights = arguments.text("weights");
  return components::with_storage(
      logits, weights ? weight_storage_from(*weights) : pipeline.model.weights, model.compute());
}

int run_bench(const Arguments& arguments, Session& session) {
  const Pipeline pipeline = session.load_pipeline();
  const PipelineModel model(session.catalogue(), pipeline);
  const auto device = session.catalogue().open_device(pipeline.backend);
  bench::LimitProbe probe(*device, model.compute());
  const uint64_t seed = static_cast<uint64_t>(pipeline.seed);
  std::vector<bench::Figure> figures;
  const std::string only = arguments.text_or("only", "");
  const std::string trace = arguments.text_or("trace", "");
  runtime::Profiler profiler(trace.empty() ? runtime::Profiler::Trace::kOff
                                           : runtime::Profiler::Trace::kOn);
  const bool profiles = arguments.flag("profile") || !trace.empty();
  runtime::Profiler* const profile = profiles ? &profiler : nullptr;
  if (pipeline.train && only != "generation") {
    figures.push_back(bench::bench_training(
        *device, model.graph(LMOS_TASK_CAUSAL_LM_LOSS, true),
        train::step_shape(pipeline, tasks::make_task(pipeline)->shapes(pipeline.train->batch)),
        seed, probe, profile));
  }
  if (only != "training") {
    const int64_t context = model.model().context();
    bench::GenerationBench shape;
    shape.prompt = std::min(arguments.integer("prompt", 1).value_or(512), context);
    shape.context = std::min(arguments.integer("context", 1).value_or(128), context - 1);
    shape.sequences = arguments.integer("sequences", 1).value_or(1);
    for (bench::Figure& figure : bench::bench_generation(
             *device, generation_graph(arguments, pipeline, model), shape, seed, probe, profile))
      figures.push_back(std::move(figure));
  }

  const Machine machine{device->name(), probe.copy_bytes_per_second(), probe.product_size()};
  (arguments.flag("json") ? print_json : print_table)(machine, figures);
  if (!trace.empty()) profiler.write_trace(trace);
  if (arguments.flag("profile"))
    std::fprintf(arguments.flag("json") ? stderr : stdout, "\n%s\n%s",
                 profiler.table_by_op().c_str(), profiler.table_by_shape().c_str());
  return 0;
}

}  // namespace

Command bench_command() {
  return {{.name = "bench",
           .summary = "Speed of the pipeline's model with random weights, and the share of this "
                      "machine's limits.",
           .detail = "Measures training (of a file of kind train), prefill and decoding, in turns "
                     "with the machine's read bandwidth and matrix-product rate through the same "
                     "backend.",
           .positionals = {{.name = "FILE", .doc = "The pipeline."}},
           .options = {set_option(),
                       weights_option(),
                       {.name = "only",
                        .value = "PART",
                        .doc = "Measure only this part.",
                        .choices = {"training", "generation"}},
                       {.name = "profile",
                        .value = {},
                        .doc = "Measure each operation too, and print where the time goes."},
                       {.name = "trace",
                        .value = "FILE",
                        .doc = "Write each operation's times in Chrome's trace event format."},
                       {.name = "prompt",
                        .value = "N",
                        .doc = "Tokens of the prefill.",
                        .default_text = "512"},
                       {.name = "context",
                        .value = "N",
                        .doc = "Tokens in the cache while decoding.",
                        .default_text = "128"},
                       {.name = "sequences",
                        .value = "N",
                        .doc = "Sequences that decode together.",
                        .default_text = "1"},
                       json_option()}},
          run_bench};
}

}  // namespace lmos
