// Applies the merges to the symbols of one word: always the pair of lowest rank, the leftmost
// first.
#pragma once

#include <cstdint>
#include <vector>

#include "tokenizer_bpe/model/merge.h"
#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// Working memory that is kept between words. One thread at a time.
class WordMerger {
 public:
  // Replaces the symbols by the merged ones, whose lengths are the sums of theirs, and returns how
  // many these are. Short words take quadratic, long ones n log n time.
  size_t merge(const MergeTable& merges, std::vector<TokenId>& symbols,
               std::vector<uint32_t>& lengths);

 private:
  struct Candidate {
    uint32_t rank;
    uint32_t position;  // of the left symbol
    TokenId merged;
  };
  struct Link {
    uint32_t previous, next;
  };

  size_t merge_short(const MergeTable& merges, TokenId* symbols, uint32_t* lengths, size_t count);
  size_t merge_long(const MergeTable& merges, TokenId* symbols, uint32_t* lengths, size_t count);

  std::vector<Merge> pairs_;
  std::vector<Candidate> heap_;
  std::vector<Link> links_;
};

}  // namespace lmos::tokenizer
