// The errors of the tokenizer. Messages say what, where (a JSON path or a byte offset) and what to
// do.
#pragma once

#include <stdexcept>

namespace lmos::tokenizer {

// A tokenizer file, a text, an id or a training option that can't be used.
class TokenizerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A well-formed tokenizer file whose model is of another kind: another plugin's.
class OtherTokenizerKind : public TokenizerError {
 public:
  using TokenizerError::TokenizerError;
};

}  // namespace lmos::tokenizer
