#include <cstdio>

#include "formats/json_text.h"
#include "infer/generation_plan.h"
#include "llmasos/model.h"
#include "programs/commands/command.h"
#include "programs/pipeline_model.h"
#include "programs/progress.h"
#include "tasks/task.h"
#include "train/run_graph.h"
#include "train/training_plan.h"

namespace lmos {
namespace {

// A figure with its name, for the table and for JSON.
struct Row {
  const char* name;
  const char* key;
  Json value;
  const char* unit;
};

std::string text_of(const Row& row) {
  if (row.value.is_uint64())
    return format_count(static_cast<int64_t>(row.value.as_uint64(row.name)));
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", row.value.as_double(row.name));
  return text;
}

std::vector<Row> training_rows(components::Catalogue& catalogue, const Pipeline& pipeline) {
  const PipelineModel model(catalogue, pipeline);
  const auto device = catalogue.open_device(pipeline.backend);
  const TrainSection& train = *pipeline.train;
  const auto task = tasks::make_task(pipeline);
  std::optional<train::EvaluationShape> evaluation;
  if (pipeline.evaluate)
    evaluation = {model.graph(task->loss_graph(), false), task->shapes(pipeline.evaluate->batch)};
  const train::TrainingPlan plan =
      train::plan_training(*device, model.graph(task->loss_graph(), true),
                           train::step_shape(pipeline, task->shapes(train.batch)), evaluation);
  const train::TrainingMemory& memory = plan.memory;
  return {{"parameters", "parameters", plan.parameters, ""},
          {"frozen parameters", "frozen_parameters", plan.frozen_parameters, ""},
          {"tokens a step", "tokens_per_step", plan.tokens_per_step, ""},
          {"FLOPs a step", "flops_per_step", plan.flops_per_step, ""},
          {"weights", "weights_bytes", memory.weights, "bytes"},
          {"frozen weights", "frozen_bytes", memory.frozen, "bytes"},
          {"gradients", "gradients_bytes", memory.gradients,
           memory.gradients == 0 ? "bytes (with train.accumulate 1 they are among the activations)"
                                 : "bytes"},
          {"optimizer", "optimizer_bytes", memory.optimizer, "bytes"},
          {"inputs", "inputs_bytes", memory.inputs, "bytes"},
          {"activations", "activations_bytes", memory.activations, "bytes"},
          {"total", "total_bytes", memory.total(), "bytes"}};
}

std::vector<Row> generation_rows(components::Catalogue& catalogue, const Pipeline& pipeline) {
  const PipelineModel model(catalogue, pipeline);
  const auto device = catalogue.open_device(pipeline.backend);
  const infer::GenerationPlan plan = infer::plan_generation(
      *device, model.graph(LMOS_TASK_CAUSAL_LM_LOGITS, false), {1, model.model().context(), 512});
  return {{"parameters", "parameters", plan.parameters, ""},
          {"FLOPs a token", "flops_per_token", plan.flops_per_token, ""},
          {"weights", "weights_bytes", plan.weights, "bytes"},
          {"cache, one full context", "cache_bytes", plan.cache, "bytes"},
          {"activations", "activations_bytes", plan.activations, "bytes"},
          {"total", "total_bytes", plan.total(), "bytes"}};
}

int validate(const Arguments& arguments, Session& session) {
  const Pipeline pipeline = session.load_pipeline();
  const std::vector<Row> rows = pipeline.kind == PipelineKind::kTrain
                                    ? training_rows(session.catalogue(), pipeline)
                                    : generation_rows(session.catalogue(), pipeline);
  if (arguments.flag("json")) {
    Json json = Json::Object();
    for (const Row& row : rows) json.set(row.key, row.value);
    std::printf("%s\n", compact_json(json).c_str());
    return 0;
  }
  std::printf("%s: a valid pipeline of kind %s\n", arguments.text("FILE")->c_str(),
              kind_text(pipeline.kind).c_str());
  for (const Row& row : rows)
    std::printf("%-24s %20s %s\n", row.name, text_of(row).c_str(), row.unit);
  return 0;
}

}  // namespace

Command validate_command() {
  return {
      {.name = "validate",
       .summary =
           "Check a pipeline file; print its parameters, FLOPs and exact bytes, and run nothing.",
       .detail = {},
       .positionals = {{.name = "FILE", .doc = "The pipeline."}},
       .options = {set_option(), json_option()}},
      validate};
}

}  // namespace lmos
