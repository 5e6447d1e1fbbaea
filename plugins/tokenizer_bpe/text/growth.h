// Chained replacements can multiply a text's length without bound; a file that does so is refused.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "tokenizer_bpe/json/cursor.h"
#include "tokenizer_bpe/text/pattern.h"

namespace lmos::bpe {

class ReplacementGrowth {
 public:
  // `json`: the Replace component, to complain about.
  void add(const JsonCursor& json, const Pattern& pattern, std::string_view content) {
    const size_t matched = pattern.shortest_match_bytes();
    // A match of nothing may stand between any two bytes.
    const double factor = matched == 0 ? 1.0 + static_cast<double>(content.size())
                                       : static_cast<double>(content.size()) / matched;
    factor_ *= std::max(1.0, factor);
    if (factor_ > kLimit) json.fail("the replacements could make a text over 4096 times as long");
  }

 private:
  static constexpr double kLimit = 4096;
  double factor_ = 1;
};

}  // namespace lmos::bpe
