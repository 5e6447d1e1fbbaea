#include "infer/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "errors/error.h"
#include "infer/logprobs.h"
#include "random/philox.h"

namespace lmos::infer {
namespace {

void require(bool holds, const char* rule) {
  if (!holds) throw Error(ErrorKind::kConfiguration, std::string("sampling: ") + rule);
}

// The largest logit's index, the first of equals.
int32_t checked_argmax(std::span<const float> logits) {
  if (logits.empty()) throw Error(ErrorKind::kInternal, "sampling: no logits");
  size_t best = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i]))
      throw Error(ErrorKind::kNumeric, "the model's logit of token " + std::to_string(i) +
                                           " is NaN; check its weights with `llmasos verify`");
    if (logits[i] > logits[best]) best = i;
  }
  if (std::isinf(logits[best]))
    throw Error(ErrorKind::kNumeric, "the model's largest logit, of token " + std::to_string(best) +
                                         ", is infinite; check its weights with `llmasos verify`");
  return static_cast<int32_t>(best);
}

// Uniform in [0, 1) with 53 bits.
double uniform_draw(uint64_t seed, DrawPlace place) {
  constexpr uint32_t kSite =
      0x73616D70;  // apart from the sites of graph operations with the same seed
  const random::Words words =
      random::philox(seed, {place.position, static_cast<uint32_t>(place.sequence),
                            static_cast<uint32_t>(place.sequence >> 32), kSite});
  const uint64_t bits = (uint64_t{words[1]} << 32 | words[0]) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

}  // namespace

void check(const SamplingOptions& options) {
  require(options.temperature >= 0 && std::isfinite(options.temperature),
          "temperature must be 0 (greedy) or more");
  require(options.top_k >= 0, "top_k must be 0 (off) or more");
  require(options.top_p > 0 && options.top_p <= 1, "top_p must be above 0 and at most 1");
  require(options.min_p >= 0 && options.min_p <= 1, "min_p must be between 0 and 1");
  require(options.repetition_penalty > 0 && std::isfinite(options.repetition_penalty),
          "repetition_penalty must be above 0");
  require(std::isfinite(options.frequency_penalty), "frequency_penalty must be finite");
  require(std::isfinite(options.presence_penalty), "presence_penalty must be finite");
  for (const auto& [id, bias] : options.logit_bias)
    require(std::isfinite(bias), "logit_bias must be finite");
  require(options.logprobs >= -1, "logprobs must be 0 or more, or -1 for none");
}

bool Sampler::likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

SampledToken Sampler::sample(std::span<const float> logits, const SamplingOptions& options,
                             const TokenHistory& history, DrawPlace place) {
  checked_argmax(logits);
  logits_.assign(logits.begin(), logits.end());
  apply_bias(options);
  apply_penalties(options, history);

  SampledToken token;
  token.id = checked_argmax(logits_);
  if (options.temperature > 0) {
    weigh(logits_[token.id], options.temperature);
    if (options.top_k > 0) keep_top_k(options.top_k);
    if (options.top_p < 1) keep_top_p(options.top_p);
    if (options.min_p > 0) keep_min_p(options.min_p);
    token.id = draw(options.seed, place);
  }

  if (options.logprobs >= 0) {
    const double normalizer = log_sum_exp(logits);
    token.logprob = logits[token.id] - normalizer;
    for (int32_t id : largest_logits(logits, options.logprobs))
      token.top.push_back({id, logits[id] - normalizer});
  }
  return token;
}

void Sampler::apply_bias(const SamplingOptions& options) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  for (const auto& [id, bias] : options.logit_bias) {
    if (id < 0 || static_cast<size_t>(id) >= logits_.size())
      throw Error(ErrorKind::kConfiguration, "logit_bias: token " + std::to_string(id) +
                                                 " is outside the vocabulary of " +
                                                 std::to_string(logits_.size()));
    if (std::isinf(logits_[id])) continue;
    logits_[id] = static_cast<float>(std::clamp(logits_[id] + bias, -kLargest, kLargest));
  }
}

void Sampler::apply_penalties(const SamplingOptions& options, const TokenHistory& history) {
  if (options.repetition_penalty == 1 && options.frequency_penalty == 0 &&
      options.presence_penalty == 0)
    return;
  constexpr double kLargest = std::numeric_limits<float>::max();
  for (const auto& [id, generated] : history.counts()) {
    if (id < 0 || static_cast<size_t>(id) >= logits_.size())
      throw Error(ErrorKind::kInternal, "sampling: token " + std::to_string(id) +
                                            " of the history is outside the vocabulary");
    if (std::isinf(logits_[id])) continue;
    double logit = logits_[id];
    logit = logit > 0 ? logit / options.repetition_penalty : logit * options.repetition_penalty;
    if (generated > 0)
      logit -=
          static_cast<double>(generated) * options.frequency_penalty + options.presence_penalty;
    logits_[id] = static_cast<float>(std::clamp(logit, -kLargest, kLargest));
  }
}

void Sampler::weigh(float largest, double temperature) {
  candidates_.clear();
  candidates_.reserve(logits_.size());
  const auto scale = static_cast<float>(1 / std::max(temperature, 1e-30));
  for (size_t i = 0; i < logits_.size(); ++i)
    candidates_.push_back(
        {logits_[i], std::exp((logits_[i] - largest) * scale), static_cast<int32_t>(i)});
}

void Sampler::keep_top_k(int64_t k) {
  if (k >= std::ssize(candidates_)) return;
  const auto end = candidates_.begin() + k;
  std::nth_element(candidates_.begin(), end, candidates_.end(), likelier);
  std::sort(candidates_.begin(), end, likelier);
  candidates_.erase(end, candidates_.end());
}

void Sampler::keep_top_p(double share) {
  const double total = total_weight();
  // Candidates below this hold less than 1 − share together, so the likelier ones fill the share.
  const double negligible = (1 - share) * total / static_cast<double>(candidates_.size());
  std::erase_if(candidates_, [&](const Candidate& c) { return c.weight < negligible; });

  // Sorted in growing pieces: the share is usually filled by a few.
  double held = 0;
  size_t sorted = 0;
  for (size_t piece = 64; sorted < candidates_.size(); piece *= 2) {
    const size_t end = std::min(sorted + piece, candidates_.size());
    const auto begin = candidates_.begin();
    std::nth_element(begin + sorted, begin + end, candidates_.end(), likelier);
    std::sort(begin + sorted, begin + end, likelier);
    for (; sorted < end; ++sorted) {
      held += candidates_[sorted].weight;
      if (held >= share * total) {
        candidates_.resize(sorted + 1);
        return;
      }
    }
  }
}

void Sampler::keep_min_p(double ratio) {
  // The likeliest weighs 1.
  std::erase_if(candidates_, [&](const Candidate& c) { return c.weight < ratio; });
}

double Sampler::total_weight() const {
  double total = 0;
  for (const Candidate& candidate : candidates_) total += candidate.weight;
  return total;
}

int32_t Sampler::draw(uint64_t seed, DrawPlace place) const {
  const double target = uniform_draw(seed, place) * total_weight();
  double passed = 0;
  int32_t chosen = candidates_.front().id;
  for (const Candidate& candidate : candidates_) {
    if (candidate.weight == 0) continue;
    chosen = candidate.id;
    passed += candidate.weight;
    if (passed > target) break;
  }
  return chosen;
}

}  // namespace lmos::infer
