// Learning a WordPiece vocabulary from text, as BERT's is used: pairs are merged by their count, as
// in BPE, and the merges forgotten.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer_core/tokenizer.h"
#include "tokenizer_core/train/training_text.h"

namespace lmos::tokenizer {

struct WordPieceTrainingOptions {
  // Special tokens included. The vocabulary stays smaller where the text does not offer enough
  // pairs.
  uint64_t vocab_size = 30000;
  uint64_t min_frequency = 2;  // of a pair that is merged
  uint64_t limit_alphabet =
      1000;               // characters, the most frequent; words with others become unknown
  bool lowercase = true;  // and without accents
  // Get the ids from 0, in this order. `[UNK]` must be there; with `[CLS]` and `[SEP]`, texts are
  // put between them.
  std::vector<std::string> special_tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
};

// The same text and options give the same tokenizer; the order of words that are as frequent as
// each other is by ids, those of characters by their code points. Throws TokenizerError for options
// that contradict each other or the text.
Tokenizer train_wordpiece(const WordPieceTrainingOptions& options, const TrainingText& text);

}  // namespace lmos::tokenizer
