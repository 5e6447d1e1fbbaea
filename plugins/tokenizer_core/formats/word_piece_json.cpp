#include "tokenizer_core/formats/word_piece_json.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/json_parts.h"
#include "tokenizer_core/formats/lines.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

namespace json = boost::json;

constexpr std::string_view kSpecialTokens[] = {"[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"};

json::object read_vocabulary(std::string_view file) {
  json::object ids;
  Lines lines(file);
  while (const std::optional<std::string_view> line = lines.next()) {
    const auto fail = [&](const std::string& problem) {
      throw TokenizerError("line " + std::to_string(lines.number()) + ": " + problem);
    };
    if (find_invalid_utf8(*line) != line->npos) fail("the token is not valid UTF-8");
    if (!ids.emplace(*line, lines.number() - 1).second)
      fail("the token '" + std::string(*line) + "' was given before");
  }
  return ids;
}

bool has_upper_case(const json::object& ids) {
  return std::any_of(ids.begin(), ids.end(), [](const auto& entry) {
    const std::string_view token = entry.key();
    return !token.starts_with('[') && std::any_of(token.begin(), token.end(), [](char character) {
      return character >= 'A' && character <= 'Z';
    });
  });
}

json::value optional_boolean(const std::optional<bool>& value) {
  return value ? json::value(*value) : json::value();
}

}  // namespace

std::string word_piece_to_json(std::string_view vocab_txt, const TokenizerConfig& config) {
  json::object ids = read_vocabulary(vocab_txt);
  const std::string unknown = config.unk_token.value_or("[UNK]");
  json::array added;
  for (const std::string_view token : kSpecialTokens) {
    if (const json::value* id = ids.if_contains(token))
      added.push_back(added_token_json(id->to_number<size_t>(), token, true));
  }
  const auto boundary = [&](std::string_view token) -> std::vector<SpecialToken> {
    const json::value* id = ids.if_contains(token);
    if (id == nullptr) return {};
    return {{id->to_number<size_t>(), std::string(token)}};
  };
  json::value normalizer = {{"type", "BertNormalizer"},
                            {"clean_text", true},
                            {"handle_chinese_chars", config.tokenize_chinese_chars.value_or(true)},
                            {"strip_accents", optional_boolean(config.strip_accents)},
                            {"lowercase", config.do_lower_case.value_or(!has_upper_case(ids))}};
  return json::serialize(
      tokenizer_json({.added_tokens = std::move(added),
                      .normalizer = std::move(normalizer),
                      .pre_tokenizer = {{"type", "BertPreTokenizer"}},
                      .post_processor = pair_template_json(boundary("[CLS]"), boundary("[SEP]")),
                      .decoder = {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}},
                      .model = {{"type", "WordPiece"},
                                {"unk_token", unknown},
                                {"continuing_subword_prefix", "##"},
                                {"max_input_chars_per_word", 100},
                                {"vocab", std::move(ids)}}}));
}

}  // namespace lmos::tokenizer
