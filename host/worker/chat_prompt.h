// The tokens of a conversation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conversation/chat_format.h"

namespace lmos::worker {

// `json`: as of wire::PromptKind::kChat. Refusal of what the template can't render.
std::vector<int32_t> encode_chat(const conversation::ChatFormat& format, const std::string& json);

}  // namespace lmos::worker
