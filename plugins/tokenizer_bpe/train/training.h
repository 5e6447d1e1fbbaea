// Learning a tokenizer from text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer_core/tokenizer.h"
#include "tokenizer_core/train/training_text.h"

namespace lmos::tokenizer {

enum class TrainingKind {
  kByteLevel,   // the 256 bytes, and merges of them inside words
  kCharacters,  // the distinct characters of the text; no merges
};

struct TrainingOptions {
  TrainingKind kind = TrainingKind::kByteLevel;
  // Special tokens and single bytes included. The vocabulary stays smaller where the text does not
  // offer enough pairs. kCharacters: an upper bound that the text must keep, 0 for none.
  uint64_t vocab_size = 0;
  // Get the ids from 0, in this order. Where they occur in the text, nothing is learned across
  // them.
  std::vector<std::string> special_tokens;

  // kByteLevel only:
  uint64_t min_frequency = 2;  // of a pair that is merged
  std::string pattern;         // how text is split into words; empty: GPT-2's
  // kCharacters only: one of special_tokens, for characters that the text did not hold. Empty: such
  // characters are dropped.
  std::string unknown_token;
};

// The same text and options give the same tokenizer: merges are taken by count, then by the lowest
// ids of their pair. Throws TokenizerError for options that contradict each other or the text.
Tokenizer train_tokenizer(const TrainingOptions& options, const TrainingText& text);

}  // namespace lmos::tokenizer
