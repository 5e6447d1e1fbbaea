// Runs a request of POST /v1/embeddings or POST /v1/classify.
#pragma once

#include <memory>

#include "serve/encode_request.h"
#include "serve/http_exchange.h"
#include "serve/served_model.h"
#include "serve/tenant.h"

namespace lmos::serve {

// Answers once all inputs are done. ApiError if the model is not for that, or takes no requests.
void start_encode(std::shared_ptr<HttpExchange> exchange, EncodeRequest request, ServedModel& model,
                  Tenant tenant);

}  // namespace lmos::serve
