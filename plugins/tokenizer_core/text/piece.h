#pragma once

#include <string_view>

#include "tokenizer_core/text/byte_range.h"

namespace lmos::tokenizer {

// A part of a text on its way to the model. Valid UTF-8 that lives for the call it is passed to.
struct Piece {
  std::string_view text;
  bool begins_text = true;  // nothing of the original text stands before it
  const ByteRange* origins =
      nullptr;  // where in the original each byte comes from; null: not known

  Piece part(size_t begin, size_t end) const {
    return {text.substr(begin, end - begin), begins_text && begin == 0,
            origins == nullptr ? nullptr : origins + begin};
  }
};

}  // namespace lmos::tokenizer
