#include "infer/active_sequence.h"

#include <algorithm>
#include <cmath>

#include "infer/logprobs.h"

namespace lmos::infer {

ActiveSequence::ActiveSequence(GenerationRequest request,
                               std::shared_ptr<GenerationListener> listener,
                               const components::Tokenizer& tokenizer)
    : request_(std::move(request)),
      listener_(std::move(listener)),
      ids_(request_.prompt_ids),
      stream_(tokenizer, true),
      stop_(request_.stop) {
  history_.add_prompt(request_.prompt_ids);
  // Some decoders treat the first token of a text in a way of its own, so the stream has to see the
  // prompt.
  for (const int32_t id : request_.prompt_ids) stream_.push(id);
}

void ActiveSequence::begin(int64_t reused) {
  set_cached(reused);
  reused_ = reused;
  if (!begun_) begun_ = Clock::now();
}

void ActiveSequence::tell_prompt(int64_t first, std::span<const float> logits, size_t vocab,
                                 size_t known) {
  std::vector<PromptToken> tokens;
  for (auto place = static_cast<size_t>(first) + 1; !logits.empty();
       ++place, logits = logits.subspan(vocab)) {
    // After a preemption, what was told before comes again.
    if (place != told_ || place >= request_.prompt_ids.size()) continue;
    const std::span<const float> row = logits.first(vocab);
    const double normalizer = log_sum_exp(row);
    if (!std::isfinite(normalizer))
      throw Error(ErrorKind::kNumeric, "the model gives logits that are not finite");
    PromptToken& token = tokens.emplace_back();
    token.id = request_.prompt_ids[place];
    token.logprob = row[static_cast<size_t>(token.id)] - normalizer;
    for (const int32_t id : largest_logits(row.first(known), request_.sampling.logprobs))
      token.top.push_back({id, row[static_cast<size_t>(id)] - normalizer});
    ++told_;
  }
  if (!tokens.empty()) listener_->on_prompt(tokens);
}

SampledToken ActiveSequence::sample(CachedModel& model, size_t row, Sampler& sampler) const {
  const SamplingOptions& options = request_.sampling;
  const DrawPlace place{request_.sequence, static_cast<uint32_t>(ids_.size())};
  if (const auto likeliest = model.likeliest(row)) {
    if (const auto sampled = sampler.sample(*likeliest, options, place)) return *sampled;
  }
  const auto known = static_cast<size_t>(model.known_ids());
  return sampler.sample(model.logits(row).first(known), options, history_, place);
}

std::optional<FinishReason> ActiveSequence::advance(CachedModel& model, size_t row,
                                                    Sampler& sampler,
                                                    std::span<const int32_t> end_ids) {
  if (request_.max_tokens == 0) return FinishReason::kLength;
  const SampledToken sampled = sample(model, row, sampler);
  if (std::ranges::find(end_ids, sampled.id) != end_ids.end()) return FinishReason::kEndOfText;
  ids_.push_back(sampled.id);
  history_.add_generated(sampled.id);
  const std::string text = stop_.push(stream_.push(sampled.id));
  listener_->on_token({sampled.id, text, sampled.logprob, sampled.top});
  if (stop_.stopped()) return FinishReason::kStopString;
  const size_t made = ids_.size() - request_.prompt_ids.size();
  if (static_cast<int64_t>(made) >= request_.max_tokens) return FinishReason::kLength;
  return std::nullopt;
}

std::vector<int32_t> ActiveSequence::draft(int64_t most) {
  const auto made = static_cast<int64_t>(ids_.size() - request_.prompt_ids.size());
  // The last token of all is sampled from the one before.
  return lookup_.propose(ids_, std::min(most, request_.max_tokens - made - 1));
}

void ActiveSequence::finish(FinishReason reason) {
  std::string rest;
  if (!stop_.stopped()) {
    rest = stop_.push(stream_.finish());
    rest += stop_.finish();
  }
  const int64_t prompt = static_cast<int64_t>(request_.prompt_ids.size());
  const std::chrono::duration<double> queued = begun_.value_or(Clock::now()) - queued_;
  listener_->on_finish(
      reason, rest, {prompt, reused_, static_cast<int64_t>(ids_.size()) - prompt, queued.count()});
}

}  // namespace lmos::infer
