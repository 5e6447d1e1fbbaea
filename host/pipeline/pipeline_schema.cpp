#include "pipeline/pipeline_schema.h"

#include <utility>

#include "pipeline/pipeline_sections.h"

namespace lmos {
namespace {

enum class Use { kRequired, kFilled, kOptional, kRefused };

Use use_of(const std::string& section, PipelineKind kind) {
  // Columns: train, generate, evaluate.
  using enum Use;
  static const std::map<std::string, std::vector<Use>> kUses = {
      {"backend", {kFilled, kFilled, kFilled}},
      {"tokenizer", {kOptional, kOptional, kOptional}},
      {"dataset", {kRequired, kRefused, kOptional}},
      {"task", {kFilled, kRefused, kFilled}},
      {"model", {kRequired, kRequired, kRequired}},
      {"strategy", {kFilled, kFilled, kFilled}},
      {"lora", {kOptional, kRefused, kRefused}},
      {"optimizer", {kFilled, kRefused, kRefused}},
      {"schedule", {kFilled, kRefused, kRefused}},
      {"train", {kRequired, kRefused, kRefused}},
      {"evaluate", {kOptional, kRefused, kFilled}},
      {"checkpoint", {kRequired, kRefused, kRefused}},
      {"generate", {kOptional, kRequired, kRefused}},
  };
  return kUses.at(section)[static_cast<size_t>(kind)];
}

// What differs between the kinds within a section.
void adapt_key(const std::string& section, Field& key, PipelineKind kind) {
  const bool trains = kind == PipelineKind::kTrain;
  if (section == "dataset" && key.name == "sequence") key.required = trains;
  if (section == "model" && key.name == "adapter" && trains)
    key.refusal = "does not apply to kind: train; merge the adapter first (`llmasos merge`)";
  if (section == "model" && key.name == "weights" && trains) {
    key.refusal = "does not apply to kind: train; quantised weights cannot be trained";
    key.default_value.reset();
  }
  if (section != "evaluate") return;
  if (key.name == "every" && trains) key.required = true;
  if (key.name == "every" && !trains) key.refusal = "does not apply to kind: evaluate";
  if (trains && (key.name == "stride" || key.name == "tasks" || key.name == "prompts"))
    key.refusal = "applies to kind: evaluate only";
}

}  // namespace

const std::vector<PipelineKind>& pipeline_kinds() {
  static const std::vector<PipelineKind> kKinds = {PipelineKind::kTrain, PipelineKind::kGenerate,
                                                   PipelineKind::kEvaluate};
  return kKinds;
}

std::string kind_text(PipelineKind kind) {
  switch (kind) {
    case PipelineKind::kTrain:
      return "train";
    case PipelineKind::kGenerate:
      return "generate";
    case PipelineKind::kEvaluate:
      return "evaluate";
  }
  return "?";
}

std::vector<Field> pipeline_fields() {
  std::vector<std::string> kinds;
  for (const PipelineKind kind : pipeline_kinds()) kinds.push_back(kind_text(kind));
  return {{.name = "version",
           .type = FieldType::kInt,
           .required = true,
           .minimum = 1,
           .maximum = 1,
           .doc = "Of this format."},
          {.name = "kind",
           .required = true,
           .choices = std::move(kinds),
           .doc = "What the pipeline does."},
          {.name = "seed",
           .type = FieldType::kInt,
           .default_value = default_of(0),
           .minimum = 0,
           .doc = "Decides everything random: new weights, data order, dropout, sampling."},
          backend_section(),
          tokenizer_section(),
          dataset_section(),
          task_section(),
          model_section(),
          strategy_section(),
          lora_section(),
          optimizer_section(),
          schedule_section(),
          train_section(),
          evaluate_section(),
          checkpoint_section(),
          generate_section()};
}

std::vector<Field> pipeline_fields(PipelineKind kind) {
  std::vector<Field> fields = pipeline_fields();
  for (Field& field : fields) {
    if (field.type != FieldType::kSection) continue;
    switch (use_of(field.name, kind)) {
      case Use::kRequired:
        field.required = true;
        break;
      case Use::kFilled:
        field.default_value = ConfigTree::section({}, Place::in("default"));
        break;
      case Use::kOptional:
        break;
      case Use::kRefused:
        field.refusal = "does not apply to kind: " + kind_text(kind);
        break;
    }
    for (Field& key : field.fields) adapt_key(field.name, key, kind);
  }
  return fields;
}

}  // namespace lmos
