// POST /tokenize and POST /detokenize.
#pragma once

#include <memory>

#include "formats/json.h"
#include "serve/http_exchange.h"
#include "serve/model_table.h"
#include "serve/shape.h"

namespace lmos::serve {

Shape tokenize_body(const LimitsConfig& limits);
Shape tokenize_answer();
Shape detokenize_body();

// Both: `body` is of the shape above.
void start_tokenize(std::shared_ptr<HttpExchange> exchange, const Json& body, ModelTable& models);
void start_detokenize(std::shared_ptr<HttpExchange> exchange, const Json& body, ModelTable& models);

}  // namespace lmos::serve
