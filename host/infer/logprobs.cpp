#include "infer/logprobs.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lmos::infer {

double log_sum_exp(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) sum += std::exp(logit - largest);
  return largest + std::log(sum);
}

std::vector<int32_t> largest_logits(std::span<const float> logits, int64_t count) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto larger = [&](int32_t a, int32_t b) {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  };
  const auto end = ids.begin() + std::min<int64_t>(count, std::ssize(ids));
  std::nth_element(ids.begin(), end, ids.end(), larger);
  std::sort(ids.begin(), end, larger);
  ids.erase(end, ids.end());
  return ids;
}

}  // namespace lmos::infer
