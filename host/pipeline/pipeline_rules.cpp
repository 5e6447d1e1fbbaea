#include "pipeline/pipeline_rules.h"

#include <string>

namespace lmos {
namespace {

class Rules {
 public:
  Rules(PipelineKind kind, const ConfigTree& given, const ConfigTree& resolved, Problems& problems)
      : kind_(kind), given_(given), resolved_(resolved), problems_(problems) {}

  void check() {
    check_model();
    check_tokenizer();
    check_schedule();
    check_lora();
    check_rounding();
    check_loss_scale();
    if (kind_ == PipelineKind::kEvaluate) {
      check_evaluate();
    } else if (has("evaluate.answers")) {
      add("evaluate.answers", "only a pipeline of kind: evaluate writes answers");
    }
    if (given_.find("generate")) check_generate();
  }

 private:
  bool has(const char* path) const { return given_.find_path(path) != nullptr; }

  void add(const char* path, const std::string& what) {
    const ConfigTree* node = given_.find_path(path);
    problems_.add(node ? node->place() : given_.place(), path, what);
  }

  // Where a section is complained of as a whole: at its key, as long as it has one.
  void add_section(const std::string& section, const std::string& what) {
    for (const ConfigMember& member : given_.members()) {
      if (member.key == section) return problems_.add(member.place, section, what);
    }
    problems_.add(given_.place(), section, what);
  }

  void check_model() {
    if (!has("model") || has("model.plugin") || has("model.path")) return;
    add_section("model",
                "needs 'plugin' with its dimensions for a new model, or 'path' for an "
                "existing one");
  }

  void check_tokenizer() {
    if (!has("tokenizer")) {
      if (has("model") && !has("model.path")) {
        add_section("tokenizer",
                    "is required but missing (only with model.path it may be, which "
                    "brings its own)");
      }
      return;
    }
    const bool path = has("tokenizer.path"), train = has("tokenizer.train");
    if (path && train) {
      add("tokenizer.path",
          "cannot be combined with 'train': either load a tokenizer or learn one");
    } else if (!path && !train) {
      add_section("tokenizer", "needs 'path' to load a tokenizer, or 'train' to learn one");
    }
    if (!train) return;
    if (!has("tokenizer.plugin")) {
      add_section("tokenizer", "needs 'plugin': which kind of tokenizer to learn");
    }
    if (kind_ != PipelineKind::kTrain) {
      add("tokenizer.train", "only a pipeline of kind: train can learn a tokenizer; use 'path'");
    } else if (has("model.path")) {
      add("tokenizer.train",
          "cannot be combined with model.path: that model's token ids are those of its own "
          "tokenizer");
    }
  }

  void check_lora() {
    if (has("model.adapter") && !has("model.path"))
      add("model.adapter", "needs 'path', the model that it adapts");
    if (!has("lora")) return;
    if (!has("model.path")) add_section("lora", "needs model.path, the model to adapt");
    const ConfigTree* targets = resolved_.find_path("lora.targets");
    if (targets && targets->is_list() && targets->items().empty())
      add("lora.targets", "is empty; `*` adapts every linear layer");
  }

  void check_rounding() {
    const ConfigTree* compute = resolved_.find_path("backend.compute");
    const ConfigTree* stochastic = resolved_.find_path("train.stochastic_rounding");
    if (stochastic && stochastic->as_bool() && compute && compute->as_string() != "bfloat16")
      add("train.stochastic_rounding", "has a meaning with backend.compute: bfloat16 only");
  }

  void check_loss_scale() {
    if (!has("train.loss_scale")) return;
    const ConfigTree* compute = resolved_.find_path("backend.compute");
    if (compute && compute->as_string() != "float16")
      add("train.loss_scale", "has a meaning with backend.compute: float16 only");
    const ConfigTree* initial = resolved_.find_path("train.loss_scale.initial");
    const ConfigTree* minimum = resolved_.find_path("train.loss_scale.minimum");
    if (initial && minimum && initial->as_double() < minimum->as_double())
      add("train.loss_scale", "has an `initial` below its `minimum`");
  }

  void check_schedule() {
    const ConfigTree* kind = resolved_.find_path("schedule.kind");
    if (kind && kind->as_string() == "constant" && has("schedule.min_ratio")) {
      add("schedule.min_ratio", "has no meaning with kind: constant; use linear or cosine");
    }
    const ConfigTree* warmup = resolved_.find_path("schedule.warmup");
    const ConfigTree* steps = resolved_.find_path("train.steps");
    if (warmup && steps && warmup->as_int() > steps->as_int()) {
      add("schedule.warmup",
          std::to_string(warmup->as_int()) + " steps of warm-up do not fit into " +
              std::to_string(steps->as_int()) + " steps of training (train.steps)");
    }
  }

  void check_evaluate() {
    const bool prompts = has("evaluate.prompts");
    if (!has("dataset") && !has("evaluate.tasks") && !prompts)
      add_section("dataset",
                  "is required but missing (or give evaluate.tasks or evaluate.prompts)");
    if (has("evaluate.stride") && !has("dataset"))
      add("evaluate.stride", "has no meaning without a dataset");
    if (has("evaluate.answers") && has("dataset") == prompts)
      add("evaluate.answers", "goes with one of dataset and evaluate.prompts");
    if (has("evaluate.stride") && has("evaluate.answers"))
      add("evaluate.answers", "goes with records, and 'stride' with plain text");
    const ConfigTree* stride = resolved_.find_path("evaluate.stride");
    const ConfigTree* sequence = resolved_.find_path("dataset.sequence");
    if (stride && sequence && stride->as_int() > sequence->as_int())
      add("evaluate.stride", "must not be above dataset.sequence, or some tokens are not scored");
  }

  void check_generate() {
    const bool prompt = has("generate.prompt"), prompts = has("generate.prompts"),
               output = has("generate.output");
    if (kind_ == PipelineKind::kEvaluate) return;
    if (kind_ == PipelineKind::kTrain) {
      for (const char* key : {"generate.prompts", "generate.output"}) {
        if (has(key)) add(key, "only a pipeline of kind: generate reads and writes prompt files");
      }
      if (!prompt && !prompts) add_section("generate", "needs 'prompt'");
      return;
    }
    if (prompt && prompts) {
      add("generate.prompts", "cannot be combined with 'prompt': give one of them");
    } else if (!prompt && !prompts) {
      add_section("generate", "needs 'prompt', or 'prompts' and 'output' for files");
    }
    if (prompts && !output) {
      add("generate.prompts", "needs 'output', the file to write");
    } else if (output && !prompts) {
      add("generate.output",
          "goes with 'prompts', a file to read; a single prompt is answered on "
          "the terminal");
    }
  }

  const PipelineKind kind_;
  const ConfigTree& given_;
  const ConfigTree& resolved_;
  Problems& problems_;
};

}  // namespace

void check_combinations(PipelineKind kind, const ConfigTree& given, const ConfigTree& resolved,
                        Problems& problems) {
  Rules(kind, given, resolved, problems).check();
}

}  // namespace lmos
