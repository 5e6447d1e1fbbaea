// A request under way: what of it is in the cache, what came out, and whether it has ended.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "components/tokenizer.h"
#include "infer/cached_model.h"
#include "infer/prompt_lookup.h"
#include "infer/request.h"
#include "infer/sampling.h"
#include "infer/stop.h"
#include "infer/token_history.h"

namespace lmos::infer {

class ActiveSequence {
 public:
  // `tokenizer` outlives it.
  ActiveSequence(GenerationRequest request, std::shared_ptr<GenerationListener> listener,
                 const components::Tokenizer& tokenizer);

  const GenerationRequest& request() const { return request_; }
  // Prompt and new tokens.
  std::span<const int32_t> ids() const { return ids_; }
  // Of ids(), in the cache or in the batch that runs.
  int64_t cached() const { return static_cast<int64_t>(cached_); }
  int64_t uncached() const { return static_cast<int64_t>(ids_.size() - cached_); }
  // Its turn has come, perhaps anew; of the prompt, `reused` are cached from another request.
  void begin(int64_t reused);
  // The first `count` are cached.
  void set_cached(int64_t count) { cached_ = static_cast<size_t>(count); }

  // Whether logits of its prompt's tokens are wanted that were not yet told.
  bool wants_prompt() const {
    return request_.prompt_logprobs && told_ < request_.prompt_ids.size();
  }
  // Tells of the prompt's tokens after places [first, first + rows): `logits` [rows, vocab] are of
  // those places, of which `known` ids are the tokenizer's.
  void tell_prompt(int64_t first, std::span<const float> logits, size_t vocab, size_t known);

  // Samples what follows its last token, which is that row of the model's last run, and tells the
  // listener. Returns why that ended the sequence, if it did.
  std::optional<FinishReason> advance(CachedModel& model, size_t row, Sampler& sampler,
                                      std::span<const int32_t> end_ids);
  // At most `most` tokens that may follow.
  std::vector<int32_t> draft(int64_t most);
  // Of those, the first `right` did.
  void learn(size_t drafted, size_t right) {
    if (drafted > 0) lookup_.learn(drafted, right);
  }
  void finish(FinishReason reason);
  void fail(const Error& error) { listener_->on_error(error); }

 private:
  using Clock = std::chrono::steady_clock;
  SampledToken sample(CachedModel& model, size_t row, Sampler& sampler) const;

  GenerationRequest request_;
  std::shared_ptr<GenerationListener> listener_;
  std::vector<int32_t> ids_;
  size_t cached_ = 0;
  size_t told_ = 1;  // tokens of the prompt; of the first there is nothing to tell
  int64_t reused_ = 0;
  Clock::time_point queued_ = Clock::now();
  std::optional<Clock::time_point> begun_;  // the first time
  TokenHistory history_;
  PromptLookup lookup_;
  components::Tokenizer::Stream stream_;
  StopMatcher stop_;
};

}  // namespace lmos::infer
