#include "tokenizer_core/model/scored_merges.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <tuple>

#include "tokenizer_core/json/parse.h"
#include "tokenizer_core/model/piece_type.h"
#include "tokenizer_core/model/read_vocabulary.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

// A token has about as many splits as bytes, each as long to look up: longer tokens, which no
// training makes, would take long.
constexpr size_t kTokenLimitBytes = 1024;

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

struct Candidate {
  MergeRule rule;
  double score;
  uint32_t left_bytes, right_bytes;

  // As Hugging Face's converters list them.
  bool operator<(const Candidate& other) const {
    return std::tuple(-score, other.left_bytes, other.right_bytes, rule.merged) <
           std::tuple(-other.score, left_bytes, right_bytes, other.rule.merged);
  }
};

}  // namespace

bool has_scores(const JsonCursor& model) { return model.find("scores").has_value(); }

std::vector<MergeRule> read_scored_merges(const JsonCursor& model, const Vocabulary& vocabulary) {
  const std::vector<double> scores = read_scores(model, vocabulary);
  const std::vector<PieceType> types = read_types(model, vocabulary);
  // A symbol is one character, or it was merged.
  const auto symbol = [&](std::string_view text) {
    const TokenId id = vocabulary.find(text);
    const bool is_character = character_bytes(text[0]) == text.size();
    return id == kNoToken || is_character || types[id] == PieceType::kNormal ? id : kNoToken;
  };
  std::vector<Candidate> candidates;
  for (TokenId id = 0; id < scores.size(); ++id) {
    if (!vocabulary.contains(id) || types[id] != PieceType::kNormal) continue;
    const std::string_view token = vocabulary.token(id);
    if (token.size() > kTokenLimitBytes)
      model.at("vocab").fail("the token with id " + std::to_string(id) + " has more than " +
                             std::to_string(kTokenLimitBytes) + " bytes");
    for (size_t split = 0; split < token.size();) {
      split += character_bytes(token[split]);
      if (split >= token.size()) break;
      const TokenId left = symbol(token.substr(0, split)), right = symbol(token.substr(split));
      if (left == kNoToken || right == kNoToken) continue;
      candidates.push_back({{left, right, id, 0},
                            scores[id],
                            static_cast<uint32_t>(split),
                            static_cast<uint32_t>(token.size() - split)});
    }
  }
  std::sort(candidates.begin(), candidates.end());
  std::vector<MergeRule> rules;
  rules.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const bool tied = !rules.empty() && candidates[rules.size() - 1].score == candidate.score;
    const uint32_t rank = rules.empty() ? 0 : rules.back().rank + (tied ? 0 : 1);
    rules.push_back(candidate.rule);
    rules.back().rank = rank;
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
