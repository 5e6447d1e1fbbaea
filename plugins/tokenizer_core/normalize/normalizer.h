// What happens to text before it is split: the `normalizer` of a tokenizer file.
#pragma once

#include <memory>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/text/aligned_text.h"

namespace lmos::tokenizer {

// Immutable; any thread.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // The text is and stays valid UTF-8.
  virtual void apply(AlignedText& text) const = 0;
};

// Throws TokenizerError for an unknown type.
std::unique_ptr<Normalizer> read_normalizer(const JsonCursor& json);

}  // namespace lmos::tokenizer
