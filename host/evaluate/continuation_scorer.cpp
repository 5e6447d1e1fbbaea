#include "evaluate/continuation_scorer.h"

#include <algorithm>
#include <cmath>

#include "errors/error.h"
#include "infer/logprobs.h"

namespace lmos::evaluate {
namespace {

// Continuations that run together, and tokens in one pass: as many as a processor's caches like,
// with a key-value cache that stays small beside the weights.
constexpr int64_t kMostSlots = 16;
constexpr int64_t kChunk = 512;

// A batch of tokens, and which of them predict a scored one.
struct Batch {
  std::vector<infer::Token> tokens;
  std::vector<int32_t> rows;       // places in `tokens`
  std::vector<size_t> owners;      // by row: the continuation
  std::vector<int32_t> predicted;  // by row: the id that is scored

  void clear() {
    tokens.clear();
    rows.clear();
    owners.clear();
    predicted.clear();
  }
};

void add(Batch& batch, const Continuation& continuation, size_t owner, size_t at, int32_t slot) {
  if (at + 1 >= continuation.scored) {
    batch.rows.push_back(static_cast<int32_t>(batch.tokens.size()));
    batch.owners.push_back(owner);
    batch.predicted.push_back(continuation.ids[at + 1]);
  }
  batch.tokens.push_back({continuation.ids[at], slot, static_cast<int32_t>(at)});
}

void run(infer::CachedModel& model, const Batch& batch, std::span<ContinuationScore> scores) {
  const auto logits = model.forward(batch.tokens, batch.rows);
  const auto vocab = static_cast<size_t>(model.vocab_size());
  for (size_t row = 0; row < batch.rows.size(); ++row) {
    const auto distribution = logits.subspan(row * vocab, vocab);
    const auto id = static_cast<size_t>(batch.predicted[row]);
    const double logprob = distribution[id] - infer::log_sum_exp(distribution);
    if (std::isnan(logprob)) throw Error(ErrorKind::kNumeric, "the model's output is not a number");
    ContinuationScore& score = scores[batch.owners[row]];
    score.logprob += logprob;
    const auto likeliest = std::ranges::max_element(distribution) - distribution.begin();
    score.greedy = score.greedy && likeliest == batch.predicted[row];
  }
}

}  // namespace

infer::CacheShape scoring_cache(size_t continuations, int64_t tokens) {
  return {std::min(kMostSlots, static_cast<int64_t>(std::max<size_t>(1, continuations))), tokens,
          kChunk};
}

std::vector<ContinuationScore> score(infer::CachedModel& model,
                                     std::span<const Continuation> continuations,
                                     const std::function<bool(size_t)>& progress) {
  const auto chunk = static_cast<size_t>(model.shape().chunk);
  const auto slots = static_cast<int32_t>(model.shape().slots);
  std::vector<ContinuationScore> scores(continuations.size());
  Batch batch;
  int32_t slot = 0;  // of the continuation whose tokens come next; a batch has each only once
  size_t begun = 0;  // continuations with tokens in the batch
  const auto flush = [&](size_t done) {
    run(model, batch, scores);
    batch.clear();
    begun = 0;
    return progress(done);
  };
  for (size_t owner = 0; owner < continuations.size(); ++owner) {
    const Continuation& continuation = continuations[owner];
    if (begun == static_cast<size_t>(slots) && !flush(owner)) return {};
    ++begun;
    // The last token predicts nothing that is scored.
    for (size_t at = 0; at + 1 < continuation.ids.size(); ++at) {
      if (batch.tokens.size() == chunk) {
        if (!flush(owner)) return {};
        begun = 1;
      }
      add(batch, continuation, owner, at, slot);
    }
    slot = (slot + 1) % slots;
  }
  if (!batch.tokens.empty() && !flush(continuations.size())) return {};
  return scores;
}

}  // namespace lmos::evaluate
