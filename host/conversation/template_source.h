// Where a model keeps its chat template.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "formats/json.h"
#include "formats/model_files.h"
#include "formats/tokenizer_settings.h"

namespace lmos::conversation {

struct TemplateSource {
  std::string text;
  std::string place;  // for messages: "chat_template.jinja"
};

struct ModelTemplates {
  std::optional<TemplateSource> usual;
  std::optional<TemplateSource> with_tools;  // where there is one of its own for tools
  // Texts of special tokens as templates name them: "bos_token", "eos_token", …
  Json tokens = Json::Object();
};

// Of the folder's chat_template.jinja, else of its tokenizer_config.json; or of the metadata of a
// GGUF file. `chosen`: a file that is taken instead; empty: none. Error(kInput) for files that
// can't be read, or hold something else.
ModelTemplates find_templates(const ModelFiles& files, const std::filesystem::path& chosen);

// Of the files of a model's folder, which is `place` in messages, in the same order.
ModelTemplates templates_of(const TokenizerSettings& settings, const std::filesystem::path& place);

// The text of a template's file. Error(kInput) for what can't be one.
std::string read_template(const std::filesystem::path& path);

}  // namespace lmos::conversation
