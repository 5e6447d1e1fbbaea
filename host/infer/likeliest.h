// The likeliest tokens of a row of logits, which a device picks out so that the row can stay there.
#pragma once

#include <cstdint>
#include <span>

namespace lmos::infer {

struct Likeliest {
  // Likeliest first, equal ones by id; the same number of both, at least one.
  std::span<const float> logits;
  std::span<const int32_t> ids;
  // Σ exp((logit − logits[0]) · scale) over the whole vocabulary; no finite number if a logit is
  // NaN or +∞.
  float sum = 0;
  float scale = 1;
  int64_t vocabulary = 0;  // tokens that they are the likeliest of
};

}  // namespace lmos::infer
