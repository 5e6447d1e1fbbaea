#include "evaluate/continuation_scorer.h"

#include <algorithm>
#include <cmath>

#include "errors/error.h"
#include "infer/logprobs.h"

namespace lmos::evaluate {
namespace {

// Tokens in one pass, as many as a processor's caches like; tokens in the key-value cache, so that
// it stays small beside the weights; and continuations that run together.
constexpr int64_t kChunk = 512;
constexpr int64_t kCachedTokens = 4096;
constexpr int64_t kMostSequences = 16;

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

void add(Batch& batch, const Continuation& continuation, size_t owner, size_t at,
         int32_t sequence) {
  if (at + 1 >= continuation.scored) {
    batch.rows.push_back(static_cast<int32_t>(batch.tokens.size()));
    batch.owners.push_back(owner);
    batch.predicted.push_back(continuation.ids[at + 1]);
  }
  batch.tokens.push_back({continuation.ids[at], sequence, static_cast<int32_t>(at)});
}

struct TokenScore {
  double logprob;
  bool greedy;
};

TokenScore score_token(std::span<const float> logits, int32_t id) {
  const auto likeliest = std::ranges::max_element(logits) - logits.begin();
  return {logits[static_cast<size_t>(id)] - infer::log_sum_exp(logits), likeliest == id};
}

void run(infer::CachedModel& model, runtime::ThreadPool& threads, const Batch& batch,
         std::span<ContinuationScore> scores) {
  const auto logits = model.forward(batch.tokens, batch.rows);
  const auto vocab = static_cast<size_t>(model.vocab_size());
  std::vector<TokenScore> rows(batch.rows.size());
  threads.parallel_for(std::ssize(rows), 1, [&](int64_t begin, int64_t end, int32_t) {
    for (auto row = static_cast<size_t>(begin); row < static_cast<size_t>(end); ++row)
      rows[row] = score_token(logits.subspan(row * vocab, vocab), batch.predicted[row]);
  });
  for (size_t row = 0; row < rows.size(); ++row) {
    if (std::isnan(rows[row].logprob))
      throw Error(ErrorKind::kNumeric, "the model's output is not a number");
    ContinuationScore& score = scores[batch.owners[row]];
    score.logprob += rows[row].logprob;
    score.greedy = score.greedy && rows[row].greedy;
  }
}

}  // namespace

infer::CacheShape scoring_cache(size_t continuations, size_t tokens) {
  const int64_t capacity = static_cast<int64_t>(tokens) - 1;
  const int64_t sequences = std::clamp<int64_t>(kCachedTokens / capacity, 1, kMostSequences);
  return {.sequences = static_cast<int64_t>(
              std::clamp<size_t>(continuations, 1, static_cast<size_t>(sequences))),
          .capacity = capacity,
          .chunk = kChunk};
}

std::vector<ContinuationScore> score(infer::CachedModel& model, runtime::ThreadPool& threads,
                                     std::span<const Continuation> continuations,
                                     const std::function<bool(size_t)>& progress) {
  const auto chunk = static_cast<size_t>(model.shape().batch_tokens());
  const auto sequences = static_cast<int32_t>(model.shape().sequences);
  std::vector<ContinuationScore> scores(continuations.size());
  Batch batch;
  int32_t sequence = 0;  // of the cache, for the next continuation; a batch has each only once
  size_t begun = 0;      // continuations with tokens in the batch
  const auto flush = [&](size_t done) {
    run(model, threads, batch, scores);
    batch.clear();
    begun = 0;
    return progress(done);
  };
  for (size_t owner = 0; owner < continuations.size(); ++owner) {
    const Continuation& continuation = continuations[owner];
    if (begun == static_cast<size_t>(sequences) && !flush(owner)) return {};
    ++begun;
    // The last token predicts nothing that is scored.
    for (size_t at = 0; at + 1 < continuation.ids.size(); ++at) {
      if (batch.tokens.size() == chunk) {
        if (!flush(owner)) return {};
        begun = 1;
      }
      add(batch, continuation, owner, at, sequence);
    }
    sequence = (sequence + 1) % sequences;
  }
  if (!batch.tokens.empty() && !flush(continuations.size())) return {};
  return scores;
}

}  // namespace lmos::evaluate
