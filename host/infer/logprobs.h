// Log-probabilities of a model's own distribution.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lmos::infer {

// log Σ exp(logits), in double. At least one logit is finite, none is NaN or +∞.
double log_sum_exp(std::span<const float> logits);

// Ids of the `count` largest logits (all if there are fewer), largest first, ties by id. Linear in
// the vocabulary.
std::vector<int32_t> largest_logits(std::span<const float> logits, int64_t count);

}  // namespace lmos::infer
