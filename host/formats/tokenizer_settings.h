// What stands beside a tokenizer.json: special tokens by their roles, the chat template, and the
// same vocabulary in other formats.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "formats/model_files.h"

namespace lmos {

inline constexpr std::string_view kChatTemplateFile = "chat_template.jinja";
inline constexpr std::string_view kTokenizerConfigFile = "tokenizer_config.json";

// Contents by the files' names.
using TokenizerSettings = std::map<std::string, std::string, std::less<>>;

// Those of the files that the folder has. Error(kInput) for one that can't be read.
TokenizerSettings tokenizer_settings(const std::filesystem::path& folder);
// Of a folder, or what the metadata of a GGUF file say in place of it.
TokenizerSettings tokenizer_settings(const ModelFiles& model);

}  // namespace lmos
