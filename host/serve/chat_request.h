// The body of POST /v1/chat/completions.
#pragma once

#include <string>

#include "serve/config.h"
#include "serve/generation_fields.h"
#include "serve/shape.h"
#include "wire/message.h"

namespace lmos::serve {

struct ChatRequest {
  std::string model;
  wire::Submit prompt;  // the request's id and tenant are not set
  AnswerForm form;
  bool tools = false;  // the model may call some
};

Shape chat_body(const LimitsConfig& limits);
// What answers it, unless it streams.
Shape chat_answer();

// `body` is of that shape. ApiError (400) that names the field at fault.
ChatRequest read_chat_request(const Json& body);

}  // namespace lmos::serve
