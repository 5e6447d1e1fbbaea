#include "conversation/template_source.h"

#include "errors/error.h"
#include "formats/gguf_tokenizer_config.h"
#include "formats/json_text.h"
#include "formats/mapped_file.h"
#include "formats/path_exists.h"
#include "formats/utf8.h"

namespace lmos::conversation {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSpecialTokensFile = "special_tokens_map.json";
constexpr const char* kTokenNames[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                       "pad_token", "cls_token", "mask_token"};
constexpr size_t kMostTemplateBytes = size_t{4} << 20;

void check_template(std::string_view text, const fs::path& path) {
  if (text.size() > kMostTemplateBytes)
    throw Error(ErrorKind::kInput, path.string() + ": too long for a chat template");
  if (!is_utf8(text)) throw Error(ErrorKind::kInput, path.string() + " is no UTF-8 text");
}

// A token is its text, or an object that holds it.
void read_tokens(const Json& config, Json& tokens) {
  for (const char* name : kTokenNames) {
    const Json* token = config.find(name);
    if (token != nullptr && token->is_object()) token = token->find("content");
    if (token != nullptr && token->is_string()) tokens.set(name, *token);
  }
}

// A template, or a list of them with names.
void read_templates(const Json& value, const fs::path& path, ModelTemplates& templates) {
  const std::string where = path.string() + ": \"chat_template\"";
  if (value.is_string()) {
    templates.usual = {value.as_string(where), path.filename().string() + ", chat_template"};
    return;
  }
  for (const Json& item : value.as_array(where)) {
    const std::string& name = item.at("name", where).as_string(where);
    const TemplateSource source{item.at("template", where).as_string(where),
                                path.filename().string() + ", chat_template \"" + name + "\""};
    if (name == "default") templates.usual = source;
    if (name == "tool_use") templates.with_tools = source;
  }
  if (!templates.usual) templates.usual = templates.with_tools;
}

// The files that say something of templates.
TokenizerSettings of_folder(const fs::path& folder) {
  TokenizerSettings settings;
  for (const std::string_view name :
       {std::string_view(kSpecialTokensFile), kTokenizerConfigFile, kChatTemplateFile})
    if (path_exists(folder / name)) settings.emplace(name, MappedFile(folder / name).text());
  return settings;
}

ModelTemplates of_gguf(const GgufMetadata& metadata, const fs::path& path) {
  const Json config = tokenizer_config_from_gguf(metadata);
  ModelTemplates templates;
  read_tokens(config, templates.tokens);
  if (const Json* value = config.find("chat_template")) read_templates(*value, path, templates);
  return templates;
}

}  // namespace

std::string read_template(const fs::path& path) {
  std::string text(MappedFile(path).text());
  check_template(text, path);
  return text;
}

ModelTemplates templates_of(const TokenizerSettings& settings, const fs::path& place) {
  ModelTemplates templates;
  if (const auto map = settings.find(kSpecialTokensFile); map != settings.end())
    read_tokens(parse_json(map->second, (place / map->first).string()), templates.tokens);
  if (const auto file = settings.find(kTokenizerConfigFile); file != settings.end()) {
    const Json config = parse_json(file->second, (place / file->first).string());
    read_tokens(config, templates.tokens);
    const Json* value = config.find("chat_template");
    if (value != nullptr && !value->is_null())
      read_templates(*value, place / file->first, templates);
  }
  if (const auto file = settings.find(kChatTemplateFile); file != settings.end()) {
    check_template(file->second, place / file->first);
    templates.usual = {file->second, file->first};
    templates.with_tools.reset();
  }
  return templates;
}

ModelTemplates find_templates(const ModelFiles& files, const fs::path& chosen) {
  ModelTemplates templates = files.is_folder() ? templates_of(of_folder(files.path()), files.path())
                                               : of_gguf(files.gguf()->metadata(), files.path());
  if (!chosen.empty()) {
    templates.usual = {read_template(chosen), chosen.filename().string()};
    templates.with_tools.reset();
  }
  return templates;
}

}  // namespace lmos::conversation
