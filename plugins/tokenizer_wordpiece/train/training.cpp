#include "tokenizer_wordpiece/train/training.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <utility>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/normalize/character_steps.h"
#include "tokenizer_core/pretokenize/chain.h"
#include "tokenizer_core/text/utf8.h"
#include "tokenizer_core/train/json_parts.h"
#include "tokenizer_core/train/merge_learner.h"
#include "tokenizer_core/train/word_counts.h"
#include "tokenizer_wordpiece/model/wordpiece_model.h"

namespace lmos::tokenizer {
namespace {

namespace json = boost::json;

constexpr std::string_view kPrefix = "##", kUnknown = "[UNK]", kBegin = "[CLS]", kEnd = "[SEP]";

class CountingSink final : public PieceSink {
 public:
  void piece(Piece word) override {
    if (!word.text.empty()) counts.add(word.text);
  }
  WordCounts counts;
};

WordCounts count_words(const WordPieceTrainingOptions& options, const TrainingText& text) {
  const json::value bert = {{"type", "BertPreTokenizer"}};
  const PreTokenizerChain words(JsonCursor(bert, ""), false);
  const BertNormalization normalization = {.strip_accents = options.lowercase,
                                           .lowercase = options.lowercase};
  CountingSink sink;
  text.read(options.special_tokens, [&](std::string_view part) {
    AlignedText normal({.text = part});
    normalize_like_bert(normal, normalization);
    words.split(normal.piece(), sink);
  });
  return std::move(sink.counts);
}

// The most frequent characters, in the order of their code points.
std::vector<char32_t> alphabet(const WordCounts& words, uint64_t limit) {
  std::map<char32_t, uint64_t> counts;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words.word(i);
    for (size_t position = 0; position < word.size();)
      counts[next_character(word, position)] += words.count(i);
  }
  std::vector<std::pair<char32_t, uint64_t>> kept(counts.begin(), counts.end());
  if (limit < kept.size()) {
    std::stable_sort(kept.begin(), kept.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    kept.resize(limit);
    std::sort(kept.begin(), kept.end());
  }
  std::vector<char32_t> characters;
  for (const auto& [character, count] : kept) characters.push_back(character);
  return characters;
}

LearnedVocabulary learn(const WordPieceTrainingOptions& options, const TrainingText& text) {
  LearnedVocabulary vocabulary = begin_with_special_tokens(options.special_tokens);
  if (!vocabulary.ids.contains(std::string(kUnknown)))
    throw TokenizerError("special_tokens: '[UNK]' must be one of them");
  if (options.vocab_size > INT32_MAX)
    throw TokenizerError("vocab_size: " + std::to_string(options.vocab_size) + " is too large");
  const WordCounts words = count_words(options, text);
  std::string spelled;
  for (const char32_t character : alphabet(words, options.limit_alphabet)) {
    spelled.clear();
    append_character(spelled, character);
    vocabulary.add(spelled);
  }
  const size_t begin_count = vocabulary.tokens.size();

  MergeLearner learner(vocabulary, kPrefix);
  std::vector<TokenId> symbols;
  for (size_t i = 0; i < words.size(); ++i) {
    symbols.clear();
    const std::string_view word = words.word(i);
    for (size_t begin = 0, end = 0; begin < word.size(); begin = end) {
      end += character_bytes(word[begin]);
      spelled = word.substr(begin, end - begin);
      const auto known = vocabulary.ids.find(spelled);
      // Characters that are left out of the alphabet are left out of the words.
      if (known == vocabulary.ids.end() || known->second >= begin_count) continue;
      if (begin > 0) spelled.insert(0, kPrefix);
      symbols.push_back(vocabulary.add(spelled));
    }
    learner.add_word(symbols, words.count(i));
  }
  if (options.vocab_size < vocabulary.tokens.size()) {
    throw TokenizerError("vocab_size: " + std::to_string(options.vocab_size) +
                         " is too small; the characters and special tokens alone are " +
                         std::to_string(vocabulary.tokens.size()));
  }
  learner.learn(options.vocab_size, options.min_frequency, [&](uint64_t tokens) {
    text.progress("learning merges", tokens, options.vocab_size);
  });
  return vocabulary;
}

json::value special_part(std::string_view name, int type) {
  return {{"SpecialToken", {{"id", name}, {"type_id", type}}}};
}

json::value text_part(std::string_view name, int type) {
  return {{"Sequence", {{"id", name}, {"type_id", type}}}};
}

// [CLS] A [SEP] B [SEP]; null where there are no such tokens.
json::value post_processor(const LearnedVocabulary& vocabulary) {
  json::object tokens;
  for (const std::string_view name : {kBegin, kEnd}) {
    const auto found = vocabulary.ids.find(std::string(name));
    if (found == vocabulary.ids.end()) return nullptr;
    tokens[name] = {
        {"id", name}, {"ids", json::array{found->second}}, {"tokens", json::array{name}}};
  }
  const json::array single = {special_part(kBegin, 0), text_part("A", 0), special_part(kEnd, 0)};
  json::array pair = single;
  pair.push_back(text_part("B", 1));
  pair.push_back(special_part(kEnd, 1));
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", pair},
          {"special_tokens", tokens}};
}

std::string to_json(const LearnedVocabulary& vocabulary, const WordPieceTrainingOptions& options) {
  constexpr int kLongestWord = 100;
  const json::value document = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", special_tokens_json(options.special_tokens, vocabulary)},
      {"normalizer",
       {{"type", "BertNormalizer"},
        {"clean_text", true},
        {"handle_chinese_chars", true},
        {"strip_accents", nullptr},
        {"lowercase", options.lowercase}}},
      {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
      {"post_processor", post_processor(vocabulary)},
      {"decoder", {{"type", "WordPiece"}, {"prefix", kPrefix}, {"cleanup", true}}},
      {"model",
       {{"type", "WordPiece"},
        {"unk_token", kUnknown},
        {"continuing_subword_prefix", kPrefix},
        {"max_input_chars_per_word", kLongestWord},
        {"vocab", vocabulary_json(vocabulary)}}}};
  return json::serialize(document);
}

}  // namespace

Tokenizer train_wordpiece(const WordPieceTrainingOptions& options, const TrainingText& text) {
  return Tokenizer::from_json(to_json(learn(options, text), options), WordPieceModel::kKind);
}

}  // namespace lmos::tokenizer
