// Cutting encodings to a length, and filling them up: `truncation` and `padding` of a tokenizer
// file.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer_core/encoding/encoding.h"
#include "tokenizer_core/json/cursor.h"

namespace lmos::tokenizer {

enum class Side { kRight, kLeft };
enum class TruncationStrategy { kLongestFirst, kOnlyFirst, kOnlySecond };

struct Truncation {
  uint64_t max_length = 0;  // tokens, special ones included
  uint64_t stride = 0;      // tokens that neighbouring windows share
  bool overflow = true;     // whether there are windows after the first
  TruncationStrategy strategy = TruncationStrategy::kLongestFirst;
  Side side = Side::kRight;
};

struct Padding {
  uint64_t length = 0;    // tokens; 0: as long as the longest encoding of the batch
  uint64_t multiple = 0;  // lengths are rounded up to a multiple of it; 0: they are not
  Side side = Side::kRight;
  TokenId id = 0;
  int32_t type_id = 0;
};

// Of the file; absent where `json` is.
std::optional<Truncation> read_truncation(const std::optional<JsonCursor>& json);
std::optional<Padding> read_padding(const std::optional<JsonCursor>& json);

// One or two texts, each one window so far, become windows that together have at most
// `truncation.max_length` tokens less `special_tokens`. Throws TokenizerError where the strategy
// can't reach that, or where both texts are cut into so many windows that there would be too many
// pairs of them.
void truncate(std::vector<Windows>& texts, const Truncation& truncation, size_t special_tokens);

}  // namespace lmos::tokenizer
