#include "tasks/chat_settings.h"

#include <filesystem>

#include "conversation/template_source.h"
#include "formats/json_text.h"
#include "tasks/end_of_text.h"

namespace lmos::tasks {
namespace {

namespace fs = std::filesystem;

TokenizerSettings loaded_settings(const Pipeline& pipeline) {
  if (!pipeline.tokenizer) return tokenizer_settings(ModelFiles(pipeline.model.path));
  if (pipeline.tokenizer->train_options) return {};
  const fs::path path = pipeline.tokenizer->path;
  if (fs::is_directory(path)) return tokenizer_settings(path);
  if (path.extension() == ".gguf") return tokenizer_settings(ModelFiles(path));
  return tokenizer_settings(path.parent_path());
}

}  // namespace

TokenizerSettings chat_settings(const Pipeline& pipeline, const components::Tokenizer& tokenizer) {
  TokenizerSettings settings = loaded_settings(pipeline);
  if (pipeline.task.chat_template.empty()) return settings;
  settings.insert_or_assign(std::string(kChatTemplateFile),
                            conversation::read_template(pipeline.task.chat_template));
  // Of a tokenizer that was learned here.
  const bool silent = settings.size() == 1;
  const int32_t end = end_of_text_id(tokenizer);
  if (silent && end >= 0)
    settings.emplace(kTokenizerConfigFile,
                     indented_json(Json::Object{{"eos_token", tokenizer.id_to_token(end)}}));
  return settings;
}

}  // namespace lmos::tasks
