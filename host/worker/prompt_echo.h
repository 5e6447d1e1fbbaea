// A prompt given back with how likely each of its tokens was.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "components/tokenizer.h"
#include "infer/request.h"
#include "wire/message.h"

namespace lmos::worker {

// A token as its text is inside a text: many decoders drop the space of a first token.
wire::AlternativeToken alternative_token(const components::Tokenizer& tokenizer, int32_t id,
                                         double logprob);

// Of one continuation. One thread at a time.
class PromptEcho {
 public:
  // `tokenizer` outlives it. `ids`: of the prompt, at least one. `text`: what the client sent, to
  // which the tokenizer has added special tokens; null: it sent the ids.
  PromptEcho(const components::Tokenizer& tokenizer, std::vector<int32_t> ids,
             const std::string* text);

  void add(std::span<const infer::PromptToken> tokens);
  // What was added so far; the texts of all tokens make up the prompt's.
  wire::PromptTokens take();

 private:
  const components::Tokenizer& tokenizer_;
  std::vector<std::string> texts_;  // of each token
  wire::PromptTokens message_;
};

}  // namespace lmos::worker
