#include "worker/prompt_echo.h"

#include <limits>
#include <utility>

namespace lmos::worker {

wire::AlternativeToken alternative_token(const components::Tokenizer& tokenizer, int32_t id,
                                         double logprob) {
  const int32_t twice[] = {id, id};
  const std::string first = tokenizer.decode(std::span(twice, 1), false);
  return {id, logprob, tokenizer.decode(twice, false).substr(first.size())};
}

PromptEcho::PromptEcho(const components::Tokenizer& tokenizer, std::vector<int32_t> ids,
                       const std::string* text)
    : tokenizer_(tokenizer) {
  components::Tokenizer::Stream stream(tokenizer, text != nullptr);
  for (const int32_t id : ids) texts_.push_back(stream.push(id));
  texts_.back() += stream.finish();
  message_.text = text != nullptr ? *text : tokenizer.decode(ids, false);
  message_.chosen.push_back(
      {ids.front(), std::numeric_limits<double>::quiet_NaN(), texts_.front()});
  message_.likeliest.emplace_back();
}

void PromptEcho::add(std::span<const infer::PromptToken> tokens) {
  for (const infer::PromptToken& token : tokens) {
    message_.chosen.push_back({token.id, token.logprob, texts_[message_.chosen.size()]});
    auto& likeliest = message_.likeliest.emplace_back();
    for (const infer::TokenLogprob& top : token.top)
      likeliest.push_back(alternative_token(tokenizer_, top.id, top.logprob));
  }
}

wire::PromptTokens PromptEcho::take() { return std::move(message_); }

}  // namespace lmos::worker
