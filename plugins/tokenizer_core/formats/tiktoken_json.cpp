#include "tokenizer_core/formats/tiktoken_json.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/json_parts.h"
#include "tokenizer_core/formats/known_byte_pair_vocabularies.h"
#include "tokenizer_core/text/byte_alphabet.h"

namespace lmos::tokenizer {
namespace {

namespace json = boost::json;

json::value model(const std::vector<RankedToken>& tokens) {
  size_t size = 0;
  for (const RankedToken& token : tokens) size = std::max<size_t>(size, token.rank + size_t{1});
  if (size > 8 * tokens.size() + 65536)
    throw TokenizerError("the rank " + std::to_string(size - 1) +
                         " is out of range for a vocabulary of " + std::to_string(tokens.size()) +
                         " tokens");
  json::object ids;
  ids.reserve(tokens.size());
  json::array scores(size, json::value(0));
  std::string spelled;
  for (const RankedToken& token : tokens) {
    spelled.clear();
    append_byte_characters(spelled, token.bytes);
    ids[spelled] = token.rank;
    scores[token.rank] = -static_cast<int64_t>(token.rank);
  }
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", true},
          {"vocab", std::move(ids)},
          {"scores", std::move(scores)}};
}

json::array added_tokens(const KnownBytePairVocabulary* known, const TokenizerConfig& config) {
  json::array tokens;
  if (!config.added_tokens.empty()) {
    for (const ConfiguredToken& token : config.added_tokens) tokens.push_back(to_json(token));
  } else if (known != nullptr) {
    for (const auto& [id, content] : known->special_tokens)
      tokens.push_back(added_token_json(id, content, true));
  }
  return tokens;
}

}  // namespace

std::string tiktoken_to_json(const std::vector<RankedToken>& tokens, std::string_view name,
                             const TokenizerConfig& config) {
  const KnownBytePairVocabulary* known = find_byte_pair_vocabulary(name);
  if (known == nullptr) known = find_byte_pair_vocabulary(tokens.size());
  if (known == nullptr && !config.pattern) {
    throw TokenizerError(
        "it is not known how the vocabulary splits text: name it in "
        "tokenizer_config.json as pat_str, or call the file after one of " +
        known_byte_pair_names());
  }
  json::array added = added_tokens(known, config);
  const auto boundary = [&](bool wanted, const std::optional<std::string>& content) {
    return boundary_token(wanted, content, added);
  };
  return json::serialize(tokenizer_json(
      {.added_tokens = added,
       .normalizer =
           known != nullptr && known->normalizes ? json::value{{"type", "NFC"}} : json::value(),
       .pre_tokenizer =
           byte_level_split(config.pattern ? std::string_view(*config.pattern) : known->pattern),
       .post_processor =
           template_json(boundary(config.add_bos_token.value_or(false), config.bos_token),
                         boundary(config.add_eos_token.value_or(false), config.eos_token)),
       .decoder = byte_level_json(false, true),
       .model = model(tokens)}));
}

}  // namespace lmos::tokenizer
