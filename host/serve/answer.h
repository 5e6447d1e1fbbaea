// Answers that every route gives alike.
#pragma once

#include <string_view>

#include "formats/json.h"
#include "serve/api_error.h"
#include "serve/http_exchange.h"
#include "wire/message.h"

namespace lmos::serve {

void respond_json(HttpExchange& exchange, const Json& json, int status = 200);
void respond_error(HttpExchange& exchange, const ApiError& error);
// The same, or as the last event of a stream that has begun.
void respond_failure(HttpExchange& exchange, const ApiError& error, bool streaming);

// "stop" or "length".
std::string_view finish_reason_text(wire::FinishKind kind);

// What a worker's refusal is to the client.
ApiError refusal_error(const wire::Refused& refused);
// What the loss of a worker is.
ApiError lost_error();

}  // namespace lmos::serve
