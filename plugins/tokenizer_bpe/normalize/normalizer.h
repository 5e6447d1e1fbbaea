// What happens to text before it is split: the `normalizer` of a tokenizer file.
#pragma once

#include <memory>
#include <string>

#include "tokenizer_bpe/json/cursor.h"

namespace lmos::bpe {

// Immutable; any thread.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // `text` is and stays valid UTF-8.
  virtual void apply(std::string& text) const = 0;
};

// Throws TokenizerError for an unknown type.
std::unique_ptr<Normalizer> read_normalizer(const JsonCursor& json);

}  // namespace lmos::bpe
