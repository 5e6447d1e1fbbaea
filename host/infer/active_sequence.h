// A request while it occupies a slot: what is in the cache, what came out, and whether it has
// ended.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "infer/generator.h"
#include "infer/stop.h"
#include "infer/token_history.h"

namespace lmos::infer {

class ActiveSequence {
 public:
  // `request` and `tokenizer` outlive it.
  ActiveSequence(const GenerationRequest& request, const components::Tokenizer& tokenizer,
                 size_t index, int32_t slot);

  size_t index() const { return index_; }
  bool prefilling() const { return cached_ < request_.prompt_ids.size(); }
  // Appends the next tokens to run, at most `room`; true if the last of them needs logits.
  bool take(int64_t room, std::vector<Token>& tokens);
  // Samples from the logits of its last token. Returns the result when that ended the sequence.
  std::optional<FinishReason> advance(std::span<const float> logits, Sampler& sampler,
                                      std::span<const int32_t> end_ids);
  GenerationResult finish(FinishReason reason);

 private:
  void emit(std::string_view text);

  const GenerationRequest& request_;
  size_t index_;
  int32_t slot_;
  size_t cached_ = 0;  // tokens of prompt and result that the cache holds
  TokenHistory history_;
  components::Tokenizer::Stream stream_;
  StopMatcher stop_;
  GenerationResult result_;
};

}  // namespace lmos::infer
