// What training begins with: the characters of the words and the substrings that occur more than
// once, found by sorting all suffixes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer_core/train/word_counts.h"

namespace lmos::tokenizer {

struct SeedPiece {
  std::string text;
  double weight;  // characters: how often they occur; others: occurrences times their length
};

// All characters first, the most frequent before others; then substrings of 2 to `max_characters`
// characters, of the highest weight, up to `limit` pieces. Of substrings that only ever occur as
// the beginning of one longer substring, that one is taken. As in SentencePiece, an occurrence
// counts once for each distinct word.
std::vector<SeedPiece> seed_pieces(const WordCounts& words, size_t max_characters, size_t limit);

}  // namespace lmos::tokenizer
