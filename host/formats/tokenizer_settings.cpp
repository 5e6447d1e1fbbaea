#include "formats/tokenizer_settings.h"

#include "formats/gguf_tokenizer_config.h"
#include "formats/json_text.h"
#include "formats/mapped_file.h"
#include "formats/path_exists.h"

namespace lmos {
namespace {

constexpr std::string_view kSettingsFiles[] = {kTokenizerConfigFile, "special_tokens_map.json",
                                               "added_tokens.json",  "tokenizer.model",
                                               "vocab.json",         "merges.txt",
                                               "vocab.txt",          kChatTemplateFile,
                                               "spiece.model"};

}  // namespace

TokenizerSettings tokenizer_settings(const std::filesystem::path& folder) {
  TokenizerSettings settings;
  for (const std::string_view name : kSettingsFiles) {
    if (!path_exists(folder / name)) continue;
    settings.emplace(name, MappedFile(folder / name).text());
  }
  return settings;
}

TokenizerSettings tokenizer_settings(const ModelFiles& model) {
  if (model.is_folder()) return tokenizer_settings(model.path());
  return {{std::string(kTokenizerConfigFile),
           indented_json(tokenizer_config_from_gguf(model.gguf()->metadata()))}};
}

}  // namespace lmos
