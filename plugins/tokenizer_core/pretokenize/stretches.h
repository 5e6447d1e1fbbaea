// Splitting without delimiters: where the script changes, or after so many characters.
#pragma once

#include <cstdint>

#include "tokenizer_core/pretokenize/pre_tokenizer.h"

namespace lmos::tokenizer {

// A new piece where the script changes. Spaces go with either; spaces before the first other
// character are dropped, as in Hugging Face tokenizers.
class ScriptSplit : public PreTokenizer {
 public:
  void split(Piece piece, PieceSink& sink) const override;
};

class FixedLengthSplit : public PreTokenizer {
 public:
  // `characters`: of each piece but the last; at least 1.
  explicit FixedLengthSplit(uint64_t characters) : characters_(characters) {}
  void split(Piece piece, PieceSink& sink) const override;

 private:
  uint64_t characters_;
};

}  // namespace lmos::tokenizer
