// Learning a Unigram vocabulary from text: expectation maximisation over a large set of seed pieces
// that is pruned step by step (Kudo 2018), as in SentencePiece and Hugging Face's UnigramTrainer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer_core/tokenizer.h"
#include "tokenizer_core/train/training_text.h"

namespace lmos::tokenizer {

struct UnigramTrainingOptions {
  // Special tokens included. The vocabulary stays smaller where the text does not offer enough
  // pieces, and holds every character of the text.
  uint64_t vocab_size = 8000;
  // Get the ids from 0, in this order; the first is the unknown token.
  std::vector<std::string> special_tokens = {"<unk>", "<s>", "</s>"};
  uint64_t max_piece_length = 16;  // characters
  uint64_t seed_size = 1'000'000;  // pieces to begin with
  double shrinking_factor = 0.75;  // what part of the pieces a round of pruning leaves
  uint64_t sub_iterations = 2;     // of expectation maximisation before a round of pruning
};

// The same text and options give the same tokenizer. Text is normalised to NFKC, and words begin
// with U+2581. Throws TokenizerError for options that contradict each other or the text.
Tokenizer train_unigram(const UnigramTrainingOptions& options, const TrainingText& text);

}  // namespace lmos::tokenizer
