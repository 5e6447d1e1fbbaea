#pragma once

#include <cstddef>
#include <string_view>

#include "tokenizer_core/text/byte_range.h"

namespace lmos::tokenizer {

// A part of a text on its way to the model. Valid UTF-8 that lives for the call it is passed to.
struct Piece {
  std::string_view text;
  // How many of its first bytes come from the very beginning of the original text. All that matters
  // is which characters begin in them.
  size_t start_bytes = 1;
  const ByteRange* origins =
      nullptr;  // where in the original each byte comes from; null: not known

  bool begins_text() const { return start_bytes > 0; }

  Piece part(size_t begin, size_t end) const {
    return {text.substr(begin, end - begin), begin < start_bytes ? start_bytes - begin : 0,
            origins == nullptr ? nullptr : origins + begin};
  }
};

}  // namespace lmos::tokenizer
