#include "tokenizer_core/formats/tokenizer_config.h"

#include <charconv>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "tokenizer_core/formats/read_file.h"
#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/json/parse.h"

namespace lmos::tokenizer {
namespace {

std::optional<bool> boolean(const JsonCursor& json, std::string_view key) {
  const std::optional<JsonCursor> member = json.find(key);
  if (!member) return std::nullopt;
  return member->boolean();
}

// A token is its text, or an object that holds it.
std::optional<std::string> token(const JsonCursor& json, std::string_view key) {
  const std::optional<JsonCursor> member = json.find(key);
  if (!member) return std::nullopt;
  return std::string(member->is_string() ? member->string() : member->at("content").string());
}

ConfiguredToken added_token(const JsonCursor& json, std::string_view key) {
  ConfiguredToken token;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token.id);
  if (error != std::errc() || end != key.data() + key.size() || token.id > INT32_MAX)
    json.fail("'" + std::string(key) + "' is not a token's id");
  token.content = json.at("content").string();
  token.special = json.boolean_or("special", false);
  token.lstrip = json.boolean_or("lstrip", false);
  token.rstrip = json.boolean_or("rstrip", false);
  token.single_word = json.boolean_or("single_word", false);
  token.normalized = json.boolean_or("normalized", !token.special);
  return token;
}

TokenizerConfig read_config(const JsonCursor& json) {
  TokenizerConfig config;
  config.tokenizer_class = json.string_or("tokenizer_class", "");
  if (config.tokenizer_class.ends_with("Fast"))
    config.tokenizer_class.resize(config.tokenizer_class.size() - 4);
  if (const std::optional<JsonCursor> tokens = json.find("added_tokens_decoder")) {
    for (const auto& [key, value] : tokens->object())
      config.added_tokens.push_back(added_token(tokens->at(key), key));
  }
  config.bos_token = token(json, "bos_token");
  config.eos_token = token(json, "eos_token");
  config.unk_token = token(json, "unk_token");
  config.add_bos_token = boolean(json, "add_bos_token");
  config.add_eos_token = boolean(json, "add_eos_token");
  config.add_prefix_space = boolean(json, "add_prefix_space");
  config.do_lower_case = boolean(json, "do_lower_case");
  config.tokenize_chinese_chars = boolean(json, "tokenize_chinese_chars");
  config.strip_accents = boolean(json, "strip_accents");
  if (const std::optional<JsonCursor> pattern = json.find("pat_str"))
    config.pattern = pattern->string();
  return config;
}

}  // namespace

TokenizerConfig TokenizerConfig::read(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "tokenizer_config.json";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {};
  const ParsedJson document(read_file(file), file.string());
  return read_config(document.root());
}

}  // namespace lmos::tokenizer
