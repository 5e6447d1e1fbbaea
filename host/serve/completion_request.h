// The body of POST /v1/completions.
#pragma once

#include <string>
#include <vector>

#include "serve/config.h"
#include "serve/generation_fields.h"
#include "serve/shape.h"
#include "wire/message.h"

namespace lmos::serve {

struct CompletionRequest {
  std::string model;
  // One for each prompt, each with `form.n` continuations; the request's id and tenant are not set.
  std::vector<wire::Submit> prompts;
  AnswerForm form;
  bool echo = false;
};

Shape completion_body(const LimitsConfig& limits);
// What answers it, unless it streams.
Shape completion_answer();

// `body` is of that shape. ApiError (400) that names the field at fault.
CompletionRequest read_completion_request(const Json& body);

}  // namespace lmos::serve
