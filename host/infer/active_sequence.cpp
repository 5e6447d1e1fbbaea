#include "infer/active_sequence.h"

#include <algorithm>

namespace lmos::infer {

ActiveSequence::ActiveSequence(const GenerationRequest& request,
                               const components::Tokenizer& tokenizer, size_t index, int32_t slot)
    : request_(request), index_(index), slot_(slot), stream_(tokenizer, true), stop_(request.stop) {
  history_.add_prompt(request.prompt_ids);
  // Some decoders treat the first token of a text in a way of its own, so the stream has to see the
  // prompt.
  for (const int32_t id : request.prompt_ids) stream_.push(id);
}

bool ActiveSequence::take(int64_t room, std::vector<Token>& tokens) {
  const auto& prompt = request_.prompt_ids;
  const size_t known = prompt.size() + result_.ids.size();
  const size_t end = std::min(known, cached_ + static_cast<size_t>(room));
  for (; cached_ < end; ++cached_) {
    const int32_t id =
        cached_ < prompt.size() ? prompt[cached_] : result_.ids[cached_ - prompt.size()];
    tokens.push_back({id, slot_, static_cast<int32_t>(cached_)});
  }
  return cached_ == known;
}

std::optional<FinishReason> ActiveSequence::advance(std::span<const float> logits, Sampler& sampler,
                                                    std::span<const int32_t> end_ids) {
  const DrawPlace place{request_.sequence, static_cast<uint32_t>(cached_)};
  const int32_t id = sampler.sample(logits, request_.sampling, history_, place).id;
  if (std::ranges::find(end_ids, id) != end_ids.end()) return FinishReason::kEndOfText;
  result_.ids.push_back(id);
  history_.add_generated(id);
  emit(stop_.push(stream_.push(id)));
  if (stop_.stopped()) return FinishReason::kStopString;
  if (static_cast<int64_t>(result_.ids.size()) >= request_.max_tokens) return FinishReason::kLength;
  return std::nullopt;
}

GenerationResult ActiveSequence::finish(FinishReason reason) {
  if (!stop_.stopped()) {
    emit(stop_.push(stream_.finish()));
    emit(stop_.finish());
  }
  result_.reason = reason;
  return std::move(result_);
}

void ActiveSequence::emit(std::string_view text) {
  result_.text += text;
  if (request_.on_text && !text.empty()) request_.on_text(text);
}

}  // namespace lmos::infer
