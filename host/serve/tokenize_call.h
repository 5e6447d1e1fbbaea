// POST /tokenize and POST /detokenize.
#pragma once

#include <memory>

#include "formats/json.h"
#include "serve/http_exchange.h"
#include "serve/model_table.h"

namespace lmos::serve {

// {"model", "prompt", "add_special_tokens": true} to {"tokens", "count", "max_model_len"}.
void start_tokenize(std::shared_ptr<HttpExchange> exchange, const Json& body, ModelTable& models);

// {"model", "tokens"} to {"prompt"}.
void start_detokenize(std::shared_ptr<HttpExchange> exchange, const Json& body, ModelTable& models);

}  // namespace lmos::serve
