#include "conversation/template_source.h"

#include <fstream>
#include <sstream>

#include "errors/error.h"
#include "formats/gguf_tokenizer_config.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"
#include "formats/utf8.h"

namespace lmos::conversation {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTemplateFile = "chat_template.jinja";
constexpr const char* kTokenizerConfigFile = "tokenizer_config.json";
constexpr const char* kSpecialTokensFile = "special_tokens_map.json";
constexpr const char* kTokenNames[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                       "pad_token", "cls_token", "mask_token"};
constexpr size_t kMostTemplateBytes = size_t{4} << 20;

TemplateSource read_template(const fs::path& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (!error && size > kMostTemplateBytes)
    throw Error(ErrorKind::kInput, path.string() + ": too long for a chat template");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw Error(ErrorKind::kInput, "cannot read " + path.string());
  if (!is_utf8(text.str())) throw Error(ErrorKind::kInput, path.string() + " is no UTF-8 text");
  return {text.str(), path.filename().string()};
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

ModelTemplates of_folder(const fs::path& folder) {
  ModelTemplates templates;
  if (path_exists(folder / kSpecialTokensFile))
    read_tokens(read_json_file(folder / kSpecialTokensFile), templates.tokens);
  if (path_exists(folder / kTokenizerConfigFile)) {
    const Json config = read_json_file(folder / kTokenizerConfigFile);
    read_tokens(config, templates.tokens);
    const Json* value = config.find("chat_template");
    if (value != nullptr && !value->is_null())
      read_templates(*value, folder / kTokenizerConfigFile, templates);
  }
  if (path_exists(folder / kTemplateFile)) {
    templates.usual = read_template(folder / kTemplateFile);
    templates.with_tools.reset();
  }
  return templates;
}

ModelTemplates of_gguf(const GgufMetadata& metadata, const fs::path& path) {
  const Json config = tokenizer_config_from_gguf(metadata);
  ModelTemplates templates;
  read_tokens(config, templates.tokens);
  if (const Json* value = config.find("chat_template")) read_templates(*value, path, templates);
  return templates;
}

}  // namespace

ModelTemplates find_templates(const ModelFiles& files, const fs::path& chosen) {
  ModelTemplates templates =
      files.is_folder() ? of_folder(files.path()) : of_gguf(files.gguf()->metadata(), files.path());
  if (!chosen.empty()) {
    templates.usual = read_template(chosen);
    templates.with_tools.reset();
  }
  return templates;
}

}  // namespace lmos::conversation
