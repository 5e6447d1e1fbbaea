// Answers of POST /v1/chat/completions.
#pragma once

#include <memory>

#include "serve/answer_writer.h"
#include "serve/chat_request.h"
#include "serve/http_exchange.h"

namespace lmos::serve {

// `tool_calls`: how the model writes them; kNone where it may call none.
std::unique_ptr<AnswerWriter> chat_writer(std::shared_ptr<HttpExchange> exchange,
                                          const ChatRequest& request, wire::ToolCalls tool_calls);

}  // namespace lmos::serve
