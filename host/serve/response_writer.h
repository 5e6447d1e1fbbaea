// Answers of POST /v1/responses.
#pragma once

#include <memory>

#include "serve/answer_writer.h"
#include "serve/http_exchange.h"
#include "serve/response_request.h"

namespace lmos::serve {

// `tool_calls`: how the model writes them; kNone where it may call none.
std::unique_ptr<AnswerWriter> response_writer(std::shared_ptr<HttpExchange> exchange,
                                              ResponseRequest& request, wire::ToolCalls tool_calls);

}  // namespace lmos::serve
