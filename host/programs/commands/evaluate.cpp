#include <algorithm>
#include <cmath>
#include <cstdio>

#include "components/weights.h"
#include "errors/error.h"
#include "formats/json_text.h"
#include "pipeline/load_pipeline.h"
#include "programs/commands/command.h"
#include "programs/commands/pipeline_kinds.h"
#include "programs/training_display.h"
#include "registry/probe_cache.h"
#include "train/evaluation.h"
#include "train/trainer.h"

namespace lmos {
namespace {

// A metric that is a count is shown as an integer.
bool is_count(double value) { return value == std::floor(value) && std::abs(value) < 0x1p53; }

void print_result(const train::EvaluationResult& result, bool json) {
  std::vector<tasks::Metric> rows = {{"loss", result.loss}};
  rows.insert(rows.end(), result.metrics.begin(), result.metrics.end());
  if (json) {
    Json answer = Json::Object();
    for (const auto& [name, value] : rows)
      answer.set(name, is_count(value) ? Json(static_cast<int64_t>(value)) : Json(value));
    std::printf("%s\n", compact_json(answer).c_str());
    return;
  }
  for (auto [name, value] : rows) {
    std::ranges::replace(name, '_', ' ');
    if (is_count(value))
      std::printf("%-28s %s\n", name.c_str(), format_count(static_cast<int64_t>(value)).c_str());
    else
      std::printf("%-28s %.4f\n", name.c_str(), value);
  }
}

// Where tokenised data is kept when no training run owns it.
std::filesystem::path token_cache() {
  const auto folder = registry::user_cache_folder();
  return (folder.empty() ? std::filesystem::temp_directory_path() / "llmasos" : folder) / "tokens";
}

}  // namespace

int run_evaluation(const Pipeline& pipeline, Session& session, bool json) {
  Session::catch_signals();
  components::Catalogue& catalogue = session.catalogue();
  TrainingDisplay display;
  catalogue.services().set_progress([&](std::string_view what, uint64_t done, uint64_t total) {
    display.on_preparation(what, done, total);
    return !Session::interrupted().load();
  });
  const auto device = catalogue.open_device(pipeline.backend);
  const ModelFiles folder(pipeline.model.path);
  const auto tokenizer = pipeline.tokenizer ? catalogue.open_tokenizer(pipeline.tokenizer->plugin,
                                                                       pipeline.tokenizer->path)
                                            : catalogue.open_tokenizer("", folder.tokenizer_path());
  const auto model = catalogue.open_model(pipeline.model.plugin, folder);
  const auto task = tasks::make_task(pipeline);
  const auto open = [&](const char* split) {
    return train::open_in_order(catalogue, pipeline, *task, split, *tokenizer, token_cache(),
                                display);
  };
  auto source = open("validation");
  if (!source) source = open("train");

  const lmos_dtype compute =
      pipeline.backend.compute == ComputeType::kBfloat16 ? LMOS_BF16 : LMOS_F32;
  const graph::Graph loss = model->graph(task->loss_graph(), false, compute, compute);
  const Weights weights = folder.open_weights();
  runtime::Stream stream(*device);
  runtime::TensorStore tensors(*device);
  components::load_weights(tensors, stream, loss, weights, compute, pipeline.model.path, true);
  train::Evaluator evaluator(*device, loss, *task, *source, tensors);
  const runtime::Buffer arena =
      device->allocate(evaluator.arena_bytes(), runtime::MemoryCategory::kActivations);
  evaluator.use_arena(arena);
  const train::EvaluationResult result =
      evaluator.run(pipeline.evaluate->batches, [&](int64_t done, int64_t total) {
        display.on_preparation("evaluate", static_cast<uint64_t>(done),
                               static_cast<uint64_t>(total));
        return !Session::interrupted().load();
      });
  display.finish();
  print_result(result, json);
  return Session::interrupted().load() ? static_cast<int>(ErrorKind::kInterrupted) : 0;
}

namespace {

int evaluate_file(const Arguments& arguments, Session& session) {
  const Pipeline pipeline = session.load_pipeline();
  if (pipeline.kind != PipelineKind::kEvaluate)
    throw Error(ErrorKind::kUsage,
                "the file's kind is " + kind_text(pipeline.kind) + "; use `llmasos run`");
  return run_evaluation(pipeline, session, arguments.flag("json"));
}

}  // namespace

Command evaluate_command() {
  return {
      {.name = "evaluate",
       .summary = "Loss, perplexity and bits per byte of a model, as a file of kind evaluate says.",
       .detail = {},
       .positionals = {{.name = "FILE", .doc = "The pipeline."}},
       .options = {set_option(), json_option()}},
      evaluate_file};
}

}  // namespace lmos
