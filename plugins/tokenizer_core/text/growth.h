// Chained replacements can multiply a text's length without bound; a file that does so is refused.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/text/pattern.h"

namespace lmos::tokenizer {

class ReplacementGrowth {
 public:
  // `json`: the Replace component, to complain about.
  void add(const JsonCursor& json, const Pattern& pattern, std::string_view content) {
    const size_t matched = pattern.shortest_match_bytes();
    // A match of nothing may stand between any two bytes.
    const double factor = matched == 0 ? 1.0 + static_cast<double>(content.size())
                                       : static_cast<double>(content.size()) / matched;
    add(json, std::max(1.0, factor));
  }

  // A component that makes text at most `factor` times as long.
  void add(const JsonCursor& json, double factor) {
    factor_ *= factor;
    if (factor_ > kLimit) json.fail("the replacements could make a text over 4096 times as long");
  }

 private:
  static constexpr double kLimit = 4096;
  double factor_ = 1;
};

}  // namespace lmos::tokenizer
