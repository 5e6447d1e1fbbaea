#pragma once

#include <cstdint>

namespace lmos::tokenizer {

// Bytes [begin, end) of a text.
struct ByteRange {
  uint32_t begin = 0;
  uint32_t end = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

}  // namespace lmos::tokenizer
