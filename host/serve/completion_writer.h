// Answers of POST /v1/completions.
#pragma once

#include <memory>

#include "serve/answer_writer.h"
#include "serve/completion_request.h"
#include "serve/http_exchange.h"

namespace lmos::serve {

std::unique_ptr<AnswerWriter> completion_writer(std::shared_ptr<HttpExchange> exchange,
                                                const CompletionRequest& request);

}  // namespace lmos::serve
