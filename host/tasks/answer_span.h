// Which tokens answer a question.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace lmos::tasks {

// Tokens [begin, end) with the sum of the logits of the first as start and the last as end.
struct TokenSpan {
  size_t begin = 0, end = 0;
  float score = 0;
};

// The span of 1 to `longest` tokens with the highest sum, the first of several; none if there are
// no tokens. `starts` and `ends`: logits by token, as many of both.
std::optional<TokenSpan> best_span(std::span<const float> starts, std::span<const float> ends,
                                   size_t longest);

}  // namespace lmos::tasks
