// What a text becomes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer_core/model/token_id.h"
#include "tokenizer_core/text/byte_range.h"

namespace lmos::tokenizer {

// A sequence of tokens; all vectors have as many elements.
struct Encoding {
  std::vector<TokenId> ids;
  std::vector<int32_t> type_ids;
  std::vector<int32_t> texts;      // which text it is of: 0 or 1; -1: of neither
  std::vector<int32_t> words;      // index of the word in its text; -1: of none
  std::vector<uint8_t> special;    // 1: put there by the post-processor
  std::vector<ByteRange> offsets;  // in its text

  size_t size() const { return ids.size(); }
  void append(const Encoding& other);
  Encoding part(size_t begin, size_t end) const;
};

// One text as encodings that each have the wanted length. The first is the text's beginning.
using Windows = std::vector<Encoding>;

}  // namespace lmos::tokenizer
