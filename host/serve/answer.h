// Answers that every route gives alike.
#pragma once

#include "formats/json.h"
#include "serve/api_error.h"
#include "serve/http_exchange.h"
#include "wire/message.h"

namespace lmos::serve {

void respond_json(HttpExchange& exchange, const Json& json, int status = 200);
void respond_error(HttpExchange& exchange, const ApiError& error);

// What a worker's refusal is to the client.
ApiError refusal_error(const wire::Refused& refused);
// What the loss of a worker is.
ApiError lost_error();

}  // namespace lmos::serve
