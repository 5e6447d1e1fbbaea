// Between which characters no merge can ever happen: there a long word may be cut, and each part be
// encoded (and remembered) alone, with the same result.
#pragma once

#include <vector>

#include "tokenizer_core/model/merge_rule.h"
#include "tokenizer_core/model/pair_table.h"
#include "tokenizer_core/model/vocabulary.h"

namespace lmos::tokenizer {

// Immutable after construction; any thread. Only for models without subword prefix and word suffix:
// there a symbol's text is that of the characters it was merged from.
class Seams {
 public:
  Seams(const Vocabulary& vocabulary, const std::vector<MergeRule>& rules);

  // Whether no rule joins a symbol that ends in `left` to one that begins with `right`; both are
  // tokens of one character.
  bool closed(TokenId left, TokenId right) const { return !open_.find(left, right); }

 private:
  PairTable<char> open_;
};

}  // namespace lmos::tokenizer
