// The tokens that encoders' inputs are built with.
#pragma once

#include <cstdint>
#include <vector>

#include "components/tokenizer.h"

namespace lmos::tasks {

struct SpecialTokens {
  int32_t begin;      // [CLS]
  int32_t separator;  // [SEP]
  int32_t padding;    // [PAD]
  int32_t mask;       // [MASK]
};

// Error(kConfiguration) that names what the vocabulary lacks.
SpecialTokens special_tokens(const components::Tokenizer& tokenizer);

// By id: whether the token goes on with the word of the token before it, as WordPiece's ##pieces.
std::vector<bool> word_continuations(const components::Tokenizer& tokenizer);

}  // namespace lmos::tasks
