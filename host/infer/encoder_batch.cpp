#include "infer/encoder_batch.h"

#include <algorithm>
#include <numeric>

namespace lmos::infer {

std::vector<std::vector<size_t>> group_by_length(std::span<const int64_t> lengths,
                                                 const EncoderBatchLimits& limits,
                                                 const std::function<int64_t(int64_t)>& padded) {
  std::vector<size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](size_t i) { return lengths[i]; });
  std::vector<std::vector<size_t>> groups;
  int64_t length = 0;  // of every row of the last group
  for (const size_t text : order) {
    const int64_t mine = padded(lengths[text]);
    const auto rows = groups.empty() ? 0 : static_cast<int64_t>(groups.back().size());
    const bool fits = rows > 0 && rows < limits.rows && (rows + 1) * length <= limits.tokens &&
                      4 * mine >= 3 * length;
    if (!fits) {
      groups.emplace_back();
      length = mine;
    }
    groups.back().push_back(text);
  }
  return groups;
}

}  // namespace lmos::infer
