#include "pipeline/pipeline_values.h"

#include <string>
#include <utility>

#include "errors/error.h"
#include "pipeline/compute_type.h"

namespace lmos {
namespace {

// Reads the keys of one section that validation has completed.
class Section {
 public:
  explicit Section(const ConfigTree& tree) : tree_(tree) {}

  bool has(const char* key) const { return tree_.find(key) != nullptr; }
  const ConfigTree& tree(const char* key) const {
    const ConfigTree* found = tree_.find(key);
    if (!found) {
      throw Error(ErrorKind::kInternal,
                  std::string("the schema of a pipeline left '") + key + "' without a value");
    }
    return *found;
  }
  bool flag(const char* key) const { return tree(key).as_bool(); }
  int64_t integer(const char* key) const { return tree(key).as_int(); }
  int64_t integer_or(const char* key, int64_t absent) const {
    return has(key) ? integer(key) : absent;
  }
  double number(const char* key) const { return tree(key).as_double(); }
  double number_or(const char* key, double absent) const { return has(key) ? number(key) : absent; }
  std::string text(const char* key) const { return tree(key).as_string(); }
  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> values;
    for (const ConfigTree& value : tree(key).items()) values.push_back(value.as_string());
    return values;
  }
  std::string text_or_empty(const char* key) const { return has(key) ? text(key) : std::string(); }

 private:
  const ConfigTree& tree_;
};

TokenizerSection tokenizer(const ConfigTree& tree) {
  const Section section(tree);
  TokenizerSection values{section.text_or_empty("plugin"), section.text_or_empty("path"), {}};
  if (section.has("train")) values.train_options = section.tree("train");
  return values;
}

DatasetSection dataset(const ConfigTree& tree) {
  const Section section(tree);
  return {section.text("plugin"), section.integer_or("sequence", 0),
          section.text("sampling") == "random_windows" ? SamplingKind::kRandomWindows
                                                       : SamplingKind::kEpochs,
          section.flag("isolate_documents"), tree};
}

TaskSection task(const ConfigTree& tree) {
  const Section section(tree);
  return {section.text("kind"),
          section.texts("prompt"),
          section.texts("completion"),
          section.text("messages"),
          section.text_or_empty("chat_template"),
          section.number("masking"),
          section.flag("whole_words"),
          section.text("text"),
          section.text_or_empty("second_text"),
          section.text("label"),
          section.text("words"),
          section.text("tags"),
          section.text("question"),
          section.text("context"),
          section.text("answers"),
          section.integer_or("classes", 0),
          section.texts("labels"),
          section.integer("stride"),
          section.integer("answer_tokens"),
          section.flag("unanswerable")};
}

ModelSection model(const ConfigTree& tree) {
  const Section section(tree);
  return {section.text_or_empty("plugin"), section.text_or_empty("path"),
          section.text_or_empty("adapter"), weight_storage_from(section.text_or_empty("weights")),
          tree};
}

OptimizerSection optimizer(const ConfigTree& tree) {
  const Section section(tree);
  const auto& betas = section.tree("betas").items();
  return {section.text("kind"),  section.number("lr"),  betas[0].as_double(),
          betas[1].as_double(),  section.number("eps"), section.number("weight_decay"),
          section.number("clip")};
}

ScheduleSection schedule(const ConfigTree& tree) {
  const Section section(tree);
  const std::string kind = section.text("kind");
  return {kind == "linear"   ? ScheduleKind::kLinear
          : kind == "cosine" ? ScheduleKind::kCosine
                             : ScheduleKind::kConstant,
          section.integer("warmup"), section.number_or("min_ratio", 1.0)};
}

LoraSection lora(const ConfigTree& tree) {
  const Section section(tree);
  return {section.integer("rank"), section.number("alpha"), section.number("dropout"),
          section.texts("targets"), section.flag("merge")};
}

LossScaleSection loss_scale(const ConfigTree& tree) {
  const Section section(tree);
  return {section.number("initial"), section.number("growth"), section.number("backoff"),
          section.integer("interval"), section.number("minimum")};
}

TrainSection train(const ConfigTree& tree) {
  const Section section(tree);
  return {section.integer("steps"),
          section.integer("batch"),
          section.integer("accumulate"),
          section.flag("recompute"),
          section.has("loss_scale") ? loss_scale(section.tree("loss_scale")) : LossScaleSection{},
          section.flag("stochastic_rounding")};
}

EvaluateSection evaluate(const ConfigTree& tree) {
  const Section section(tree);
  return {section.integer_or("every", 0),
          section.integer("batches"),
          section.integer("batch"),
          section.integer_or("stride", 0),
          section.text_or_empty("tasks"),
          section.text("delimiter"),
          section.flag("unconditional"),
          section.text_or_empty("answers"),
          section.text_or_empty("prompts"),
          section.integer("max_tokens"),
          section.texts("stop"),
          section.text("bleu_tokenizer")};
}

CheckpointSection checkpoint(const ConfigTree& tree) {
  const Section section(tree);
  return {section.text("folder"), section.integer("every"), section.integer("keep"),
          section.text("resume") == "never" ? ResumeMode::kNever : ResumeMode::kAuto};
}

GenerateSection generate(const ConfigTree& tree) {
  const Section section(tree);
  GenerateSection values;
  if (section.has("prompt")) values.prompt = section.text("prompt");
  values.prompts = section.text_or_empty("prompts");
  values.output = section.text_or_empty("output");
  values.max_tokens = section.integer("max_tokens");
  values.temperature = section.number("temperature");
  values.top_k = section.integer("top_k");
  values.top_p = section.number("top_p");
  values.min_p = section.number("min_p");
  values.repetition_penalty = section.number("repetition_penalty");
  values.frequency_penalty = section.number("frequency_penalty");
  values.presence_penalty = section.number("presence_penalty");
  values.seed = section.integer("seed");
  values.stop = section.texts("stop");
  values.count = section.integer("count");
  return values;
}

template <typename Values>
void read(const ConfigTree& tree, const char* key, Values (*convert)(const ConfigTree&),
          std::optional<Values>& values) {
  if (const ConfigTree* section = tree.find(key)) values = convert(*section);
}

// Sets section.key unless the file did, or has no such section.
ConfigTree fill(const ConfigTree& tree, const char* section, const char* key, ConfigTree value) {
  const ConfigTree* found = tree.find(section);
  if (!found || found->find(key)) return tree;
  return tree.with(section, found->with(key, std::move(value)));
}

}  // namespace

WeightStorage weight_storage_from(std::string_view text) {
  return text == "int8"      ? WeightStorage::kInt8
         : text == "float8"  ? WeightStorage::kFloat8
         : text == "compact" ? WeightStorage::kCompact
                             : WeightStorage::kCompute;
}

BackendSection backend_from(const ConfigTree& tree) {
  const Section section(tree);
  return {section.text("plugin"),     compute_type_from(section.text("compute")),
          section.integer("threads"), section.integer("device"),
          section.flag("strict"),     tree};
}

ConfigTree with_dependent_defaults(PipelineKind kind, ConfigTree tree) {
  const Place place = Place::in("default");
  tree = fill(tree, "generate", "seed", ConfigTree::integer(tree.find("seed")->as_int(), place));
  const int64_t batch = kind == PipelineKind::kTrain ? tree.find_path("train.batch")->as_int() : 8;
  tree = fill(tree, "evaluate", "batch", ConfigTree::integer(batch, place));
  const ConfigTree* schedule = tree.find_path("schedule.kind");
  if (schedule && schedule->as_string() != "constant") {
    tree = fill(tree, "schedule", "min_ratio", ConfigTree::number(0.1, place));
  }
  return tree;
}

Pipeline pipeline_from(PipelineKind kind, const ConfigTree& tree) {
  Pipeline pipeline;
  pipeline.kind = kind;
  pipeline.seed = tree.find("seed")->as_int();
  pipeline.backend = backend_from(*tree.find("backend"));
  if (const ConfigTree* section = tree.find("task")) pipeline.task = task(*section);
  pipeline.model = model(*tree.find("model"));
  pipeline.strategy = {tree.find_path("strategy.plugin")->as_string()};
  read(tree, "tokenizer", tokenizer, pipeline.tokenizer);
  read(tree, "dataset", dataset, pipeline.dataset);
  read(tree, "lora", lora, pipeline.lora);
  read(tree, "optimizer", optimizer, pipeline.optimizer);
  read(tree, "schedule", schedule, pipeline.schedule);
  read(tree, "train", train, pipeline.train);
  read(tree, "evaluate", evaluate, pipeline.evaluate);
  read(tree, "checkpoint", checkpoint, pipeline.checkpoint);
  read(tree, "generate", generate, pipeline.generate);
  pipeline.resolved = tree;
  return pipeline;
}

}  // namespace lmos
