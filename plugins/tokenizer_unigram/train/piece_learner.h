// Expectation maximisation and pruning of pieces.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tokenizer_core/train/word_counts.h"
#include "tokenizer_unigram/model/piece_trie.h"
#include "tokenizer_unigram/train/seed_pieces.h"

namespace lmos::tokenizer {

struct LearnedPiece {
  std::string text;
  double log_probability;
};

// One thread at a time. Borrows the words.
class PieceLearner {
 public:
  PieceLearner(const WordCounts& words, std::vector<SeedPiece> seeds);

  // Pieces that are left.
  size_t size() const { return size_; }
  // One step of expectation maximisation, with Bayesian smoothing (Liang and Klein 2007), which
  // drops pieces that are expected less than half a time.
  void maximize();
  // Drops the pieces that the text's likelihood needs least, to `target` or as far as it goes.
  void prune(size_t target);
  // By falling probability.
  std::vector<LearnedPiece> pieces() const;

 private:
  double unknown() const;
  void drop(size_t id);
  std::vector<std::vector<TokenId>> alternatives() const;

  const WordCounts& words_;
  std::vector<SeedPiece> seeds_;           // by id
  std::unique_ptr<const PieceTrie> trie_;  // of all seeds
  std::vector<double> log_probabilities_;  // by id; NaN: dropped
  size_t size_;
};

}  // namespace lmos::tokenizer
