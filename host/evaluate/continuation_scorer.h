// How likely a causal model finds given continuations.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "infer/cached_model.h"
#include "runtime/thread_pool.h"

namespace lmos::evaluate {

// Tokens of which those from `scored` on are scored, given all before; `scored` at least 1.
struct Continuation {
  std::vector<int32_t> ids;
  size_t scored = 1;
};

struct ContinuationScore {
  double logprob = 0;  // sum over the scored tokens, in nats
  bool greedy = true;  // each scored token is the likeliest (ties: the lowest id)
};

// The cache for scoring this many continuations of at most `tokens` tokens each, the last of which
// is not read. It holds a few thousand tokens, and one continuation at least.
infer::CacheShape scoring_cache(size_t continuations, size_t tokens);

// Scores in the order of the continuations, which fit the model's cache; several share a batch and
// do not influence one another. `progress(done)` is called after each batch and stops the work by
// returning false: then the result is empty. Error(kNumeric) when a logit is not a number.
std::vector<ContinuationScore> score(infer::CachedModel& model, runtime::ThreadPool& threads,
                                     std::span<const Continuation> continuations,
                                     const std::function<bool(size_t done)>& progress);

}  // namespace lmos::evaluate
