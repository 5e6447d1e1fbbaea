// Between which characters no merge can ever happen: there a long word may be cut, and each part be
// encoded (and remembered) alone, with the same result.
#pragma once

#include <string_view>
#include <vector>

#include "tokenizer_bpe/model/pair_table.h"
#include "tokenizer_bpe/model/vocabulary.h"

namespace lmos::bpe {

struct MergeRule {
  TokenId left, right, merged;
};

// Immutable after construction; any thread.
class Seams {
 public:
  // No seam is closed.
  Seams() = default;
  // `rules` in order of rank. Where a token's first or last character can't be told from the rules,
  // no seam is closed.
  Seams(const Vocabulary& vocabulary, const std::vector<MergeRule>& rules);

  // False: nothing is known, don't bother to ask.
  bool known() const { return known_; }
  // Whether no merge joins a symbol that ends in `left` to one that begins with `right`; both are
  // tokens of one character.
  bool closed(TokenId left, TokenId right) const { return known_ && !open_.find(left, right); }

 private:
  bool known_ = false;
  PairTable<char> open_;
};

}  // namespace lmos::bpe
