// The body of POST /v1/responses.
#pragma once

#include <string>

#include "serve/config.h"
#include "serve/shape.h"
#include "wire/message.h"

namespace lmos::serve {

struct ResponseRequest {
  std::string model;
  wire::Submit prompt;  // the request's id and tenant are not set
  bool stream = false;
  bool tools = false;  // the model may call some
  // What the answer repeats of the request.
  Json echo = Json::Object();
};

Shape response_body(const LimitsConfig& limits);
// What answers it, unless it streams.
Shape response_answer();

// `body` is of that shape. ApiError (400) that names the field at fault.
ResponseRequest read_response_request(const Json& body);

}  // namespace lmos::serve
