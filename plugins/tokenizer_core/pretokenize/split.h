// Splitting at the matches of a pattern.
#pragma once

#include "tokenizer_core/pretokenize/pre_tokenizer.h"
#include "tokenizer_core/text/pattern.h"

namespace lmos::tokenizer {

// What becomes of a match, the delimiter.
enum class DelimiterBehavior {
  kRemoved,
  kIsolated,            // a piece of its own
  kMergedWithPrevious,  // the end of the piece before it
  kMergedWithNext,      // the start of the piece after it
  kContiguous,          // matches in a row are one piece
};

class Split : public PreTokenizer {
 public:
  // `invert`: what the pattern does not match is the delimiter.
  Split(Pattern pattern, DelimiterBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void split(Piece piece, PieceSink& sink) const override;

 private:
  Pattern pattern_;
  DelimiterBehavior behavior_;
  bool invert_;
};

}  // namespace lmos::tokenizer
