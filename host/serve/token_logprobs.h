// The logarithmic probabilities of tokens, as far as they were asked for.
#pragma once

#include <vector>

#include "formats/json.h"
#include "serve/shape.h"
#include "wire/message.h"

namespace lmos::serve {

struct TokenLogprobs {
  std::vector<wire::AlternativeToken> chosen;
  std::vector<std::vector<wire::AlternativeToken>> likeliest;  // of each chosen

  bool empty() const { return chosen.empty(); }
  void add(const wire::NewToken& token);
  void add(const wire::PromptTokens& tokens);
  void append(const TokenLogprobs& other);

  // As /v1/completions tells them; of a prompt's first token, null. `first_offset`: characters of
  // the answer's text before the first token.
  Json completion_json(size_t first_offset) const;
  // As /v1/chat/completions does: a list, each with its bytes.
  Json chat_json() const;
};

Shape completion_logprobs_shape();
Shape chat_logprobs_shape();  // of chat_json()

}  // namespace lmos::serve
