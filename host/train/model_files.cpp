#include "train/model_files.h"

#include <algorithm>
#include <optional>

#include "formats/json_text.h"
#include "formats/model_files.h"
#include "tasks/chat_settings.h"
#include "tasks/end_of_text.h"

namespace lmos::train {
namespace {

// null, an id, or a list of ids.
Json ids_json(const std::vector<int64_t>& ids) {
  if (ids.empty()) return {};
  if (ids.size() == 1) return ids.front();
  return Json::Array(ids.begin(), ids.end());
}

}  // namespace

HuggingFaceFiles model_files(const Pipeline& pipeline, const tasks::Task& task,
                             const components::Model& model,
                             const components::Tokenizer& tokenizer) {
  std::optional<ModelFiles> base;
  if (!pipeline.model.path.empty()) base.emplace(pipeline.model.path);

  std::vector<int64_t> ends;
  const auto add_end = [&](int64_t id) {
    if (id >= 0 && std::ranges::count(ends, id) == 0) ends.push_back(id);
  };
  if (base) ends = base->generation_config().eos_token_ids;
  if (task.model_task() == "causal_lm") add_end(tasks::end_of_text_id(tokenizer));
  for (const int32_t id : task.end_ids(tokenizer)) add_end(id);

  HuggingFaceFiles files;
  files.config = parse_json(model.config_json(task.model_task()), "config.json");
  // What is absent is not none for transformers, but the ids of the first model of the family.
  files.config.set("bos_token_id", nullptr);
  files.config.set("eos_token_id", ids_json(ends));
  if (base)
    for (const char* key : {"bos_token_id", "pad_token_id"})
      if (const Json* id = base->config().find(key)) files.config.set(key, *id);
  // The older and the newer name.
  files.config.set("torch_dtype", "float32");
  files.config.set("dtype", "float32");

  Json generation = Json::Object();
  if (base && !base->generation_config_json().is_null())
    generation = base->generation_config_json();
  if (!ends.empty()) generation.set("eos_token_id", ids_json(ends));
  files.generation_config = std::move(generation);
  files.tokenizer = tokenizer.json();
  files.settings = tasks::chat_settings(pipeline, tokenizer);
  return files;
}

}  // namespace lmos::train
