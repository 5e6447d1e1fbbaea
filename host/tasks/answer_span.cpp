#include "tasks/answer_span.h"

#include <algorithm>

namespace lmos::tasks {

std::optional<TokenSpan> best_span(std::span<const float> starts, std::span<const float> ends,
                                   size_t longest) {
  std::optional<TokenSpan> best;
  for (size_t begin = 0; begin < starts.size(); ++begin) {
    for (size_t last = begin; last < std::min(begin + longest, ends.size()); ++last) {
      const float score = starts[begin] + ends[last];
      if (!best || score > best->score) best = TokenSpan{begin, last + 1, score};
    }
  }
  return best;
}

}  // namespace lmos::tasks
