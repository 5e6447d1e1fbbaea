// A context and its continuation as tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "components/tokenizer.h"
#include "evaluate/continuation_scorer.h"

namespace lmos::evaluate {

// As lm-evaluation-harness encodes pairs: both together, so that a token never depends on where the
// border is, and the scored tokens are those beyond the tokens of the context alone. Spaces at the
// context's end belong to the continuation. [any-thread]
class PairEncoder {
 public:
  // `longest`: the tokens of a sequence that the model reads; of longer ones the beginning is left
  // out. `end_of_text`: stands for an empty context where the tokenizer puts nothing before a text;
  // -1: none. The tokenizer outlives it.
  PairEncoder(const components::Tokenizer& tokenizer, int64_t longest, int32_t end_of_text);

  // Error(kInput) for an empty context without a token that stands for it, and for a continuation
  // that is longer than what the model reads.
  Continuation encode(std::string_view context, std::string_view continuation) const;

 private:
  const components::Tokenizer& tokenizer_;
  int64_t longest_;
  int32_t end_of_text_;
};

}  // namespace lmos::evaluate
