#include "infer/sampling.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
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

float draw_scale(const SamplingOptions& options) {
  if (options.temperature == 0) return 1;
  return static_cast<float>(1 / std::max(options.temperature, 1e-30));
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
    candidates_.clear();
    ranked_ = 0;
    const float largest = logits_[token.id], scale = draw_scale(options);
    double total = 0;
    for (size_t i = 0; i < logits_.size(); ++i) {
      add_candidate(logits_[i], largest, scale, static_cast<int32_t>(i));
      total += candidates_.back().weight;
    }
    token.id = *draw(options, place, logits_.size(), total);
  }

  if (options.logprobs >= 0) {
    const double normalizer = log_sum_exp(logits);
    token.logprob = logits[token.id] - normalizer;
    for (int32_t id : largest_logits(logits, options.logprobs))
      token.top.push_back({id, logits[id] - normalizer});
  }
  return token;
}

std::optional<SampledToken> Sampler::sample(const Likeliest& likeliest,
                                            const SamplingOptions& options, DrawPlace place) {
  // What is wrong with the numbers is told by who sees all of them.
  const bool decides = std::isfinite(likeliest.sum) && std::isfinite(likeliest.logits[0]) &&
                       options.logprobs < 0 && options.logit_bias.empty() && !options.penalizes();
  if (!decides) return std::nullopt;
  if (options.temperature == 0) return SampledToken{.id = likeliest.ids[0]};
  candidates_.clear();
  for (size_t i = 0; i < likeliest.ids.size(); ++i)
    add_candidate(likeliest.logits[i], likeliest.logits[0], likeliest.scale, likeliest.ids[i]);
  ranked_ = candidates_.size();
  const auto drawn = draw(options, place, static_cast<size_t>(likeliest.vocabulary), likeliest.sum);
  if (!drawn) return std::nullopt;
  return SampledToken{.id = *drawn};
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
  if (!options.penalizes()) return;
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

void Sampler::add_candidate(float logit, float largest, float scale, int32_t id) {
  candidates_.push_back({logit, std::exp((logit - largest) * scale), id});
}

const Sampler::Candidate* Sampler::ranked(size_t rank) {
  // In growing pieces: most draws end among the likeliest few.
  while (rank >= ranked_) {
    if (ranked_ == candidates_.size()) return nullptr;
    const size_t end = std::min(candidates_.size(), std::max<size_t>(64, 2 * ranked_));
    const auto begin = candidates_.begin() + static_cast<std::ptrdiff_t>(ranked_);
    const auto middle = candidates_.begin() + static_cast<std::ptrdiff_t>(end);
    std::nth_element(begin, middle, candidates_.end(), likelier);
    std::sort(begin, middle, likelier);
    ranked_ = end;
  }
  return &candidates_[rank];
}

void Sampler::drop_negligible(double share, double total) {
  const double least = (1 - share) * total / static_cast<double>(candidates_.size());
  const auto unranked = candidates_.begin() + static_cast<std::ptrdiff_t>(ranked_);
  candidates_.erase(std::remove_if(unranked, candidates_.end(),
                                   [&](const Candidate& c) { return c.weight < least; }),
                    candidates_.end());
}

std::optional<int32_t> Sampler::draw(const SamplingOptions& options, DrawPlace place, size_t count,
                                     double total) {
  const bool whole = candidates_.size() == count;
  const size_t vocabulary = count;
  // Adds up weights, likeliest first, until `enough` says so; false if candidates are missing.
  size_t kept = 0;
  double held = 0;
  const auto keep_until = [&](size_t most, auto enough) {
    kept = 0;
    held = 0;
    while (kept < most) {
      const Candidate* next = ranked(kept);
      if (next == nullptr) return whole;
      if (enough(*next)) break;
      held += next->weight;
      ++kept;
    }
    return true;
  };
  if (options.top_k > 0 && static_cast<size_t>(options.top_k) < count) {
    count = static_cast<size_t>(options.top_k);
    if (!keep_until(count, [](const Candidate&) { return false; })) return std::nullopt;
    total = held;
  }
  if (options.top_p < 1) {
    if (whole) drop_negligible(options.top_p, total);
    const double share = options.top_p * total;
    if (!keep_until(count, [&](const Candidate&) { return held >= share; })) return std::nullopt;
    count = kept;
    total = held;
  }
  if (options.min_p > 0) {
    // The likeliest weighs 1.
    const auto unlikely = [&](const Candidate& c) { return c.weight < options.min_p; };
    if (!keep_until(count, unlikely)) return std::nullopt;
    count = kept;
    total = held;
  }
  const double target = uniform_draw(options.seed, place) * total;
  if (whole && count == vocabulary && ranked_ == 0) return draw_from_all(target);
  int32_t chosen = candidates_.front().id;
  const auto passed = [&](const Candidate& next) {
    if (next.weight == 0 || held > target) return true;
    chosen = next.id;
    return false;
  };
  if (!keep_until(count, passed)) return std::nullopt;
  return chosen;
}

int32_t Sampler::draw_from_all(double target) {
  likeliest_.resize(std::min(candidates_.size(), static_cast<size_t>(kLikeliest)));
  std::partial_sort_copy(candidates_.begin(), candidates_.end(), likeliest_.begin(),
                         likeliest_.end(), likelier);
  double held = 0;
  int32_t chosen = likeliest_.front().id;
  // Whether the draw is decided.
  const auto add = [&](const Candidate& candidate) {
    if (candidate.weight == 0) return false;
    chosen = candidate.id;
    held += candidate.weight;
    return held > target;
  };
  for (const Candidate& candidate : likeliest_)
    if (add(candidate)) return chosen;
  for (const Candidate& candidate : candidates_)
    if (likelier(likeliest_.back(), candidate) && add(candidate)) break;
  return chosen;
}

}  // namespace lmos::infer
