// Messages and tools of a conversation, as clients send them and as templates want them.
#pragma once

#include <string>

#include "serve/config.h"
#include "serve/shape.h"
#include "wire/message.h"

namespace lmos::serve {

// ---- shapes ----

Shape chat_messages(const LimitsConfig& limits);
Shape chat_tools(const LimitsConfig& limits);
// "none" or "auto": no other choice can be forced on a model.
Shape tool_choice();

// ---- of bodies that were checked ----

// Texts of parts are joined by newlines, `developer` is `system`, and arguments of tool calls are
// objects. ApiError for arguments that are none.
Json template_messages(const Json& messages);

// The tools that may be called, by `tools` and `tool_choice`; null: none.
Json read_tools(const Json& body);

// The prompt that a worker renders: wire::PromptKind::kChat.
std::string chat_prompt(Json messages, Json tools, const Json* variables,
                        bool add_generation_prompt);

}  // namespace lmos::serve
