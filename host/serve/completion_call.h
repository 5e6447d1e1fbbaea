// POST /v1/completions, from a parsed request to its answer.
#pragma once

#include <memory>

#include "serve/completion_request.h"
#include "serve/http_exchange.h"
#include "serve/served_model.h"
#include "serve/tenant.h"

namespace lmos::serve {

// Answers through `exchange`, at once or later; `model` outlives the answer. ApiError if the model
// takes no requests.
void start_completion(std::shared_ptr<HttpExchange> exchange, CompletionRequest request,
                      ServedModel& model, Tenant tenant);

}  // namespace lmos::serve
