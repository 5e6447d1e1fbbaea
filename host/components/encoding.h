// What a tokenizer makes of a text or a pair of texts, as models read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "llmasos/tokenizer.h"

namespace lmos::components {

// A sequence of tokens; all vectors have as many elements. The members are explained at
// lmos_encoding.
struct Encoding {
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;
  std::vector<int32_t> texts;
  std::vector<int32_t> words;
  std::vector<uint8_t> special;
  std::vector<uint8_t> attention;  // 1: a token of a text or a special one, 0: padding
  std::vector<lmos_text_range> byte_offsets;
  std::vector<lmos_text_range> character_offsets;

  size_t size() const { return ids.size(); }
};

struct EncodeOptions {
  bool special = true;      // add the special tokens of the post-processor
  uint64_t max_length = 0;  // tokens, special ones included; 0: no limit
  bool overflow = false;    // also what max_length cuts off, as further encodings
  uint64_t stride = 0;      // tokens that neighbouring encodings of a long text share
  int32_t strategy = LMOS_TRUNCATE_LONGEST_FIRST;
  int32_t truncation_side = LMOS_SIDE_RIGHT;
};

struct PadOptions {
  uint64_t length = 0;    // tokens; 0: as long as the longest
  uint64_t multiple = 0;  // lengths are rounded up to a multiple of it; 0: they are not
  int32_t side = LMOS_SIDE_RIGHT;
  int32_t id = 0;
  int32_t type_id = 0;
};

// Fills the encodings of a batch up to one length. Longer ones stay as they are.
void pad(std::vector<Encoding>& batch, const PadOptions& options);

}  // namespace lmos::components
