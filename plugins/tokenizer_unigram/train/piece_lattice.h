// All segmentations of a word into pieces, weighted by the pieces' probabilities.
#pragma once

#include <limits>
#include <string_view>
#include <vector>

#include "tokenizer_unigram/model/piece_trie.h"

namespace lmos::tokenizer {

// Working memory that is kept between words. One thread at a time. Borrows what it is made of.
class PieceLattice {
 public:
  // `log_probabilities`: by the trie's ids; NaN for pieces that are no longer there. Characters
  // that are no piece have `unknown`.
  PieceLattice(const PieceTrie& trie, const std::vector<double>& log_probabilities, double unknown)
      : trie_(trie), log_probabilities_(log_probabilities), unknown_(unknown) {}

  // Adds, for each piece, `count` times how often it is expected in a segmentation of `word`.
  void add_expected(std::string_view word, double count, std::vector<double>& expected);

  // The ids of the most probable segmentation, kNoToken for an unknown character; of those that do
  // not use the piece `without`.
  void best(std::string_view word, TokenId without, std::vector<TokenId>& ids);

 private:
  struct Node {
    size_t begin, end;
    TokenId id;  // kNoToken: an unknown character
    double log_probability;
  };

  void find_nodes(std::string_view word, TokenId without);

  const PieceTrie& trie_;
  const std::vector<double>& log_probabilities_;
  double unknown_;
  std::vector<Node> nodes_;  // by their begin
  std::vector<double> forward_, backward_;
  std::vector<size_t> last_;  // by position: the last node of the best way there
};

}  // namespace lmos::tokenizer
