#include "tokenizer_bpe/train/training.h"

#include <algorithm>

#include "tokenizer_bpe/added/token_trie.h"
#include "tokenizer_bpe/errors.h"
#include "tokenizer_bpe/pretokenize/chain.h"
#include "tokenizer_bpe/pretokenize/split.h"
#include "tokenizer_bpe/text/byte_alphabet.h"
#include "tokenizer_bpe/text/utf8.h"
#include "tokenizer_bpe/train/learned_vocabulary.h"
#include "tokenizer_bpe/train/merge_learner.h"
#include "tokenizer_bpe/train/word_counts.h"

namespace lmos::bpe {
namespace {

LearnedVocabulary begin_with_special_tokens(const TrainingOptions& options) {
  LearnedVocabulary vocabulary;
  for (const std::string& token : options.special_tokens) {
    if (token.empty()) throw TokenizerError("special_tokens: a special token is empty");
    if (find_invalid_utf8(token) != std::string::npos)
      throw TokenizerError("special_tokens: '" + token + "' is not valid UTF-8");
    if (vocabulary.ids.contains(token))
      throw TokenizerError("special_tokens: '" + token + "' is given twice");
    vocabulary.add(token);
  }
  return vocabulary;
}

// Hands `visit` the text between special tokens, document by document.
template <typename Visit>
void read_text(const TrainingOptions& options, const NextText& next_text, uint64_t total_bytes,
               const TrainingProgress& progress, Visit&& visit) {
  TokenTrie special;
  for (const std::string& token : options.special_tokens) special.add(token, 0);
  uint64_t read = 0;
  while (const std::optional<std::string_view> text = next_text()) {
    if (text->size() > UINT32_MAX)
      throw TokenizerError("a document to train on is longer than 4 GiB; cut it");
    if (const size_t invalid = find_invalid_utf8(*text); invalid != text->npos) {
      throw TokenizerError("the text to train on is not valid UTF-8 at byte " +
                           std::to_string(read + invalid));
    }
    size_t begin = 0;
    for (TokenTrie::Found found{}; special.find(*text, begin, found); begin = found.end)
      visit(text->substr(begin, found.begin - begin));
    visit(text->substr(begin));
    read += text->size();
    progress("reading text", read, total_bytes);
  }
}

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

LearnedVocabulary learn_byte_level(const TrainingOptions& options, const NextText& next_text,
                                   uint64_t total_bytes, const TrainingProgress& progress) {
  LearnedVocabulary vocabulary = begin_with_special_tokens(options);
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
  read_text(options, next_text, total_bytes, progress, [&](std::string_view text) {
    words.split({text, true}, sink);
  });

  MergeLearner learner(vocabulary);
  std::vector<TokenId> symbols;
  for (size_t i = 0; i < sink.counts.size(); ++i) {
    symbols.clear();
    for (const char byte : sink.counts.word(i))
      symbols.push_back(bytes[static_cast<uint8_t>(byte)]);
    learner.add_word(symbols, sink.counts.count(i));
  }
  learner.learn(options.vocab_size, options.min_frequency,
                [&](uint64_t tokens) { progress("learning merges", tokens, options.vocab_size); });
  return vocabulary;
}

LearnedVocabulary collect_characters(const TrainingOptions& options, const NextText& next_text,
                                     uint64_t total_bytes, const TrainingProgress& progress) {
  LearnedVocabulary vocabulary = begin_with_special_tokens(options);
  if (!options.unknown_token.empty() && !vocabulary.ids.contains(options.unknown_token))
    throw TokenizerError("unknown_token: '" + options.unknown_token +
                         "' is not one of special_tokens");
  std::vector<bool> seen(0x110000);  // by code point
  read_text(options, next_text, total_bytes, progress, [&](std::string_view text) {
    for (size_t position = 0; position < text.size();) seen[next_character(text, position)] = true;
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

Tokenizer train_tokenizer(const TrainingOptions& options, const NextText& next_text,
                          uint64_t total_bytes, const TrainingProgress& progress) {
  const auto learn =
      options.kind == TrainingKind::kByteLevel ? learn_byte_level : collect_characters;
  return Tokenizer::from_json(
      to_tokenizer_json(learn(options, next_text, total_bytes, progress), options));
}

}  // namespace lmos::bpe
