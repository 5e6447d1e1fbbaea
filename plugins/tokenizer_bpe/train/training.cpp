#include "tokenizer_bpe/train/training.h"

#include <algorithm>

#include "tokenizer_bpe/model/bpe_model.h"
#include "tokenizer_bpe/train/trained_json.h"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/pretokenize/chain.h"
#include "tokenizer_core/pretokenize/split.h"
#include "tokenizer_core/text/byte_alphabet.h"
#include "tokenizer_core/text/utf8.h"
#include "tokenizer_core/train/merge_learner.h"
#include "tokenizer_core/train/word_counts.h"

namespace lmos::tokenizer {
namespace {

class CountingSink final : public PieceSink {
 public:
  void piece(Piece word) override {
    if (!word.text.empty()) counts.add(word.text);
  }
  WordCounts counts;
};

// The bytes get their ids in the order of their characters, as in GPT-2.
std::vector<TokenId> add_bytes(LearnedVocabulary& vocabulary) {
  std::vector<std::string> characters;
  for (unsigned byte = 0; byte < 256; ++byte)
    characters.emplace_back(byte_character(static_cast<uint8_t>(byte)));
  std::vector<std::string> sorted = characters;
  std::sort(sorted.begin(), sorted.end());
  for (const std::string& character : sorted) vocabulary.add(character);
  std::vector<TokenId> ids;
  for (const std::string& character : characters) ids.push_back(vocabulary.ids.at(character));
  return ids;
}

LearnedVocabulary learn_byte_level(const TrainingOptions& options, const TrainingText& text) {
  LearnedVocabulary vocabulary = begin_with_special_tokens(options.special_tokens);
  const std::vector<TokenId> bytes = add_bytes(vocabulary);
  if (options.vocab_size < vocabulary.tokens.size()) {
    throw TokenizerError("vocab_size: " + std::to_string(options.vocab_size) +
                         " is too small; the bytes and special tokens alone are " +
                         std::to_string(vocabulary.tokens.size()));
  }
  if (options.vocab_size > INT32_MAX)
    throw TokenizerError("vocab_size: " + std::to_string(options.vocab_size) + " is too large");

  const Split words(Pattern::regex(options.pattern.empty() ? kGpt2Pattern : options.pattern),
                    DelimiterBehavior::kIsolated, false);
  CountingSink sink;
  text.read(options.special_tokens, [&](std::string_view part) { words.split({part}, sink); });

  MergeLearner learner(vocabulary);
  std::vector<TokenId> symbols;
  for (size_t i = 0; i < sink.counts.size(); ++i) {
    symbols.clear();
    for (const char byte : sink.counts.word(i))
      symbols.push_back(bytes[static_cast<uint8_t>(byte)]);
    learner.add_word(symbols, sink.counts.count(i));
  }
  learner.learn(options.vocab_size, options.min_frequency, [&](uint64_t tokens) {
    text.progress("learning merges", tokens, options.vocab_size);
  });
  return vocabulary;
}

LearnedVocabulary collect_characters(const TrainingOptions& options, const TrainingText& text) {
  LearnedVocabulary vocabulary = begin_with_special_tokens(options.special_tokens);
  if (!options.unknown_token.empty() && !vocabulary.ids.contains(options.unknown_token))
    throw TokenizerError("unknown_token: '" + options.unknown_token +
                         "' is not one of special_tokens");
  std::vector<bool> seen(0x110000);  // by code point
  text.read(options.special_tokens, [&](std::string_view part) {
    for (size_t position = 0; position < part.size();) seen[next_character(part, position)] = true;
  });
  for (char32_t character = 0; character < seen.size(); ++character) {
    if (!seen[character]) continue;
    std::string token;
    append_character(token, character);
    vocabulary.add(token);
  }
  if (options.vocab_size != 0 && vocabulary.tokens.size() > options.vocab_size) {
    throw TokenizerError("vocab_size: " + std::to_string(options.vocab_size) +
                         " is too small; the characters of the text and the special tokens are " +
                         std::to_string(vocabulary.tokens.size()) + " (0 takes them all)");
  }
  return vocabulary;
}

}  // namespace

Tokenizer train_tokenizer(const TrainingOptions& options, const TrainingText& text) {
  const auto learn =
      options.kind == TrainingKind::kByteLevel ? learn_byte_level : collect_characters;
  return Tokenizer::from_json(to_tokenizer_json(learn(options, text), options), BpeModel::kKind);
}

}  // namespace lmos::tokenizer
