// The likeliest tokens of a row of logits, which a device picks out so that the row can stay there.
#pragma once

#include <cstdint>
#include <span>

namespace lmos::infer {

// So many are picked out: most draws fall on one of them, and top_k is seldom more.
inline constexpr int64_t kLikeliest = 64;

struct Likeliest {
  // Likeliest first, equal ones by id; of both min(kLikeliest, vocabulary), at least one.
  std::span<const float> logits;
  std::span<const int32_t> ids;
  // Σ exp((logit − logits[0]) · scale) over the whole vocabulary; no finite number if a logit is
  // NaN or +∞.
  float sum = 0;
  float scale = 1;
  int64_t vocabulary = 0;  // tokens that they are the likeliest of
};

}  // namespace lmos::infer
