// The body of POST /v1/completions.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"
#include "serve/config.h"
#include "wire/message.h"

namespace lmos::serve {

struct CompletionRequest {
  std::string model;
  // One for each prompt, each with `n` continuations; the request's id and tenant are not set.
  std::vector<wire::Submit> prompts;
  int64_t n = 1;
  bool stream = false;
  bool include_usage = false;  // a last event with the counts of tokens
  bool echo = false;
  bool logprobs = false;
};

// ApiError (400) that names the field at fault. Without a seed, a random one is drawn.
CompletionRequest parse_completion_request(const Json& body, const LimitsConfig& limits);

}  // namespace lmos::serve
