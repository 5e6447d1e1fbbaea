#include "tokenizer_unigram/train/training.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <unordered_set>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/json_parts.h"
#include "tokenizer_core/normalize/normalizer.h"
#include "tokenizer_core/pretokenize/chain.h"
#include "tokenizer_core/text/utf8.h"
#include "tokenizer_core/train/json_parts.h"
#include "tokenizer_unigram/model/unigram_model.h"
#include "tokenizer_unigram/train/piece_learner.h"

namespace lmos::tokenizer {
namespace {

namespace json = boost::json;

constexpr double kSurplus = 1.1;  // learned pieces for one that is kept
// Between the scores of characters that were not learned, so that no two are equal.
constexpr double kScoreStep = 0.0001;

json::value normalizer() {
  return {{"type", "Sequence"},
          {"normalizers",
           {{{"type", "Nmt"}},
            {{"type", "NFKC"}},
            {{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", " "}}}}};
}

json::value metaspace() {
  return {{"type", "Metaspace"},
          {"replacement", "\xE2\x96\x81"},
          {"prepend_scheme", "always"},
          {"split", true}};
}

class CountingSink final : public PieceSink {
 public:
  void piece(Piece word) override {
    if (!word.text.empty()) counts.add(word.text);
  }
  WordCounts counts;
};

WordCounts count_words(const UnigramTrainingOptions& options, const TrainingText& text) {
  const json::value normal_json = normalizer(), words_json = metaspace();
  const std::unique_ptr<Normalizer> normal = read_normalizer(JsonCursor(normal_json, ""));
  const PreTokenizerChain words(JsonCursor(words_json, ""), false);
  CountingSink sink;
  text.read(options.special_tokens, [&](std::string_view part) {
    AlignedText normalized({.text = part});
    normal->apply(normalized);
    words.split(normalized.piece(), sink);
  });
  return std::move(sink.counts);
}

std::vector<LearnedPiece> learn(const UnigramTrainingOptions& options, const WordCounts& words,
                                const TrainingText& text) {
  text.progress("collecting seed pieces", 0, 0);
  PieceLearner learner(words, seed_pieces(words, options.max_piece_length, options.seed_size));
  const auto target = static_cast<size_t>(static_cast<double>(options.vocab_size) * kSurplus);
  for (;;) {
    for (uint64_t i = 0; i < options.sub_iterations; ++i) {
      text.progress("learning pieces", target, learner.size());
      learner.maximize();
    }
    const size_t before = learner.size();
    if (before <= target) break;
    learner.prune(std::max(
        target, static_cast<size_t>(static_cast<double>(before) * options.shrinking_factor)));
    if (learner.size() == before) break;  // no piece can be spared
  }
  return learner.pieces();
}

// The characters of the text first, learned or not; then the most probable pieces.
std::vector<LearnedPiece> choose(std::vector<LearnedPiece> learned, const WordCounts& words,
                                 size_t count) {
  std::unordered_set<std::string> missing;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words.word(i);
    for (size_t begin = 0, end = 0; begin < word.size(); begin = end) {
      end += character_bytes(word[begin]);
      missing.emplace(word.substr(begin, end - begin));
    }
  }
  const size_t characters = missing.size();
  if (characters > count) {
    throw TokenizerError("vocab_size: too small; the characters of the text alone are " +
                         std::to_string(characters));
  }
  double lowest = 0;
  for (const LearnedPiece& piece : learned) lowest = std::min(lowest, piece.log_probability);
  std::vector<LearnedPiece> chosen;
  size_t others = count - characters;
  for (LearnedPiece& piece : learned) {
    const bool is_character = missing.erase(piece.text) > 0;
    if (!is_character && others == 0) continue;
    if (!is_character) --others;
    chosen.push_back(std::move(piece));
  }
  std::vector<std::string> rest(missing.begin(), missing.end());
  std::sort(rest.begin(), rest.end());
  for (const std::string& character : rest) {
    lowest -= kScoreStep;
    chosen.push_back({character, lowest});
  }
  return chosen;
}

std::string to_json(const std::vector<LearnedPiece>& pieces, const UnigramTrainingOptions& options,
                    const LearnedVocabulary& special) {
  json::array vocabulary;
  for (const std::string& token : options.special_tokens)
    vocabulary.push_back(json::array{json::string(token), 0.0});
  for (const LearnedPiece& piece : pieces)
    vocabulary.push_back(json::array{json::string(piece.text), piece.log_probability});
  return json::serialize(
      tokenizer_json({.added_tokens = special_tokens_json(options.special_tokens, special),
                      .normalizer = normalizer(),
                      .pre_tokenizer = metaspace(),
                      .post_processor = nullptr,
                      .decoder = metaspace(),
                      .model = {{"type", "Unigram"},
                                {"unk_id", 0},
                                {"vocab", std::move(vocabulary)},
                                {"byte_fallback", false}}}));
}

}  // namespace

Tokenizer train_unigram(const UnigramTrainingOptions& options, const TrainingText& text) {
  const LearnedVocabulary special = begin_with_special_tokens(options.special_tokens);
  if (special.tokens.empty())
    throw TokenizerError("special_tokens: the first must be the unknown token");
  if (options.vocab_size <= special.tokens.size() || options.vocab_size > INT32_MAX)
    throw TokenizerError("vocab_size: " + std::to_string(options.vocab_size) +
                         " is too small or too large");
  const WordCounts words = count_words(options, text);
  std::vector<LearnedPiece> learned = learn(options, words, text);
  std::erase_if(learned,
                [&](const LearnedPiece& piece) { return special.ids.contains(piece.text); });
  return Tokenizer::from_json(
      to_json(choose(std::move(learned), words, options.vocab_size - special.tokens.size()),
              options, special),
      UnigramModel::kKind);
}

}  // namespace lmos::tokenizer
