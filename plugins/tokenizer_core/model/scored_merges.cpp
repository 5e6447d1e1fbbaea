#include "tokenizer_core/model/scored_merges.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "llmasos/scored_merges.hpp"
#include "tokenizer_core/json/parse.h"
#include "tokenizer_core/model/piece_type.h"
#include "tokenizer_core/model/read_vocabulary.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

std::vector<double> read_scores(const JsonCursor& model, const Vocabulary& vocabulary) {
  const JsonCursor json = model.at("scores");
  std::vector<double> scores;
  scores.reserve(json.size());
  for (const boost::json::value& value : json.array()) {
    scores.push_back(value.is_number() ? value.to_number<double>() : NAN);
    if (!std::isfinite(scores.back())) json[scores.size() - 1].fail("expected a finite number");
  }
  if (!scores.empty() && scores.size() < vocabulary.largest_id_plus_one())
    json.fail("expected a score for each of the " +
              std::to_string(vocabulary.largest_id_plus_one()) + " ids, found " +
              std::to_string(scores.size()));
  return scores;
}

std::vector<PieceType> read_types(const JsonCursor& model, const Vocabulary& vocabulary) {
  const std::optional<JsonCursor> json = model.find("sentencepiece");
  if (!json) return std::vector<PieceType>(vocabulary.largest_id_plus_one(), PieceType::kNormal);
  return read_piece_types(*json, vocabulary, vocabulary.find(model.string_or("unk_token", "")),
                          model.boolean_or("byte_fallback", false));
}

}  // namespace

bool has_scores(const JsonCursor& model) { return model.find("scores").has_value(); }

std::vector<MergeRule> read_scored_merges(const JsonCursor& model, const Vocabulary& vocabulary) {
  const std::vector<double> scores = read_scores(model, vocabulary);
  const std::vector<PieceType> types = read_types(model, vocabulary);
  const auto symbol = [&](std::string_view text) -> std::optional<uint32_t> {
    const TokenId id = vocabulary.find(text);
    const bool is_character = character_bytes(text[0]) == text.size();
    if (id == kNoToken || !(is_character || types[id] == PieceType::kNormal)) return std::nullopt;
    return id;
  };
  std::vector<sdk::ScoredToken> tokens;
  for (TokenId id = 0; id < scores.size(); ++id) {
    if (!vocabulary.contains(id) || types[id] != PieceType::kNormal) continue;
    tokens.push_back({id, vocabulary.token(id), scores[id]});
    if (tokens.back().text.size() > sdk::kScoredTokenLimitBytes)
      model.at("vocab").fail("the token with id " + std::to_string(id) + " has more than " +
                             std::to_string(sdk::kScoredTokenLimitBytes) + " bytes");
  }
  const std::vector<sdk::ScoredMerge> merges = sdk::scored_merges(tokens, symbol);
  std::vector<MergeRule> rules;
  rules.reserve(merges.size());
  uint32_t rank = 0;
  for (const sdk::ScoredMerge& merge : merges) {
    if (!rules.empty() && merge.score != merges[rules.size() - 1].score) ++rank;
    rules.push_back({merge.left, merge.right, merge.merged, rank});
  }
  return rules;
}

std::string with_merges(const std::string& tokenizer_json) {
  const ParsedJson document(tokenizer_json);
  const JsonCursor model = document.root().at("model");
  const Vocabulary vocabulary = read_vocabulary(model.at("vocab"));
  const auto text = [&](TokenId id) { return boost::json::string(vocabulary.token(id)); };
  boost::json::array merges;
  for (const MergeRule& rule : read_scored_merges(model, vocabulary))
    merges.push_back(boost::json::array{text(rule.left), text(rule.right)});
  boost::json::object completed = document.root().object();
  completed["model"].as_object()["merges"] = std::move(merges);
  return boost::json::serialize(completed);
}

}  // namespace lmos::tokenizer
