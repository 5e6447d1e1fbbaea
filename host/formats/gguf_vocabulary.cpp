#include "formats/gguf_vocabulary.h"

#include <cmath>
#include <unordered_set>

#include "errors/error.h"
#include "formats/utf8.h"

namespace lmos {
namespace {

std::string key_of(std::string_view name) { return "tokenizer.ggml." + std::string(name); }

class Reader {
 public:
  explicit Reader(const GgufMetadata& metadata) : metadata_(metadata) {}

  const GgufValue* find(std::string_view name) const { return metadata_.find(key_of(name)); }
  std::string place(std::string_view name) const { return metadata_.place(key_of(name)); }

  [[noreturn]] void fail(std::string_view name, const std::string& problem) const {
    throw Error(ErrorKind::kInput, place(name) + ": " + problem);
  }

  std::string string_or(std::string_view name, std::string_view absent) const {
    const GgufValue* value = find(name);
    return std::string(value == nullptr ? absent : value->as_string(place(name)));
  }

  std::optional<bool> boolean(std::string_view name) const {
    const GgufValue* value = find(name);
    if (value == nullptr) return std::nullopt;
    return value->as_bool(place(name));
  }

  std::optional<int64_t> id(std::string_view name, size_t tokens) const {
    const GgufValue* value = find(name);
    if (value == nullptr) return std::nullopt;
    const int64_t id = value->as_int64(place(name));
    if (id < 0 || static_cast<uint64_t>(id) >= tokens)
      fail(name,
           "id " + std::to_string(id) + " is not one of the " + std::to_string(tokens) + " tokens");
    return id;
  }

  void check_count(std::string_view name, size_t count, size_t tokens) const {
    if (count != tokens)
      fail(name,
           "has " + std::to_string(count) + " elements for " + std::to_string(tokens) + " tokens");
  }

 private:
  const GgufMetadata& metadata_;
};

std::vector<std::string> read_tokens(const Reader& reader, const GgufMetadata& metadata) {
  std::vector<std::string> tokens;
  std::unordered_set<std::string> seen;
  const std::string place = reader.place("tokens");
  for (const std::string_view text : metadata.at(key_of("tokens")).as_strings(place)) {
    // llama.cpp names them so.
    std::string token =
        text.empty() ? "[EMPTY_" + std::to_string(tokens.size()) + "]" : std::string(text);
    if (!is_utf8(token))
      reader.fail("tokens", "token " + std::to_string(tokens.size()) + " is not valid UTF-8");
    if (!seen.insert(token).second)
      reader.fail("tokens", "'" + token + "' is there twice; the second has id " +
                                std::to_string(tokens.size()));
    tokens.push_back(std::move(token));
  }
  if (tokens.size() > INT32_MAX) reader.fail("tokens", "there are more than 2147483647");
  return tokens;
}

std::vector<GgufTokenType> read_types(const Reader& reader, size_t tokens) {
  const GgufValue* value = reader.find("token_type");
  if (value == nullptr) return std::vector<GgufTokenType>(tokens, GgufTokenType::kNormal);
  std::vector<GgufTokenType> types;
  for (const int64_t type : value->as_int64s(reader.place("token_type"))) {
    types.push_back(type >= 0 && type <= 6 ? static_cast<GgufTokenType>(type)
                                           : GgufTokenType::kUndefined);
  }
  reader.check_count("token_type", types.size(), tokens);
  return types;
}

std::vector<double> read_scores(const Reader& reader, size_t tokens) {
  const GgufValue* value = reader.find("scores");
  if (value == nullptr) return {};
  std::vector<double> scores = value->as_doubles(reader.place("scores"));
  reader.check_count("scores", scores.size(), tokens);
  for (const double score : scores) {
    if (!std::isfinite(score)) reader.fail("scores", "a score is not a finite number");
  }
  return scores;
}

// The map is an array of bytes.
std::string read_charsmap(const Reader& reader) {
  const GgufValue* value = reader.find("precompiled_charsmap");
  std::string bytes;
  if (value == nullptr) return bytes;
  for (const int64_t byte : value->as_int64s(reader.place("precompiled_charsmap")))
    bytes.push_back(static_cast<char>(static_cast<uint8_t>(byte)));
  return bytes;
}

}  // namespace

GgufVocabulary::GgufVocabulary(const GgufMetadata& metadata, const std::string& where) {
  const Reader reader(metadata);
  if (reader.find("model") == nullptr || reader.find("tokens") == nullptr)
    throw Error(ErrorKind::kInput, where +
                                       ": the file holds no vocabulary (tokenizer.ggml.model "
                                       "and tokenizer.ggml.tokens)");
  model = reader.string_or("model", "");
  pre = reader.string_or("pre", "default");
  tokens = read_tokens(reader, metadata);
  types = read_types(reader, tokens.size());
  scores = read_scores(reader, tokens.size());
  if (const GgufValue* value = reader.find("merges")) {
    merges = value->as_strings(reader.place("merges"));
    for (const std::string_view merge : merges) {
      if (!is_utf8(merge)) reader.fail("merges", "a merge is not valid UTF-8");
    }
  }
  charsmap = read_charsmap(reader);
  bos = reader.id("bos_token_id", tokens.size());
  eos = reader.id("eos_token_id", tokens.size());
  unknown = reader.id("unknown_token_id", tokens.size());
  separator = reader.id("seperator_token_id", tokens.size());  // as llama.cpp spells it
  padding = reader.id("padding_token_id", tokens.size());
  mask = reader.id("mask_token_id", tokens.size());
  cls = reader.id("cls_token_id", tokens.size());
  add_bos = reader.boolean("add_bos_token");
  add_eos = reader.boolean("add_eos_token");
  add_space_prefix = reader.boolean("add_space_prefix");
  remove_extra_whitespaces = reader.boolean("remove_extra_whitespaces");
}

}  // namespace lmos
