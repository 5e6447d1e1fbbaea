#include "worker/chat_prompt.h"

#include "errors/error.h"
#include "formats/json_text.h"
#include "worker/refusal.h"

namespace lmos::worker {

std::vector<int32_t> encode_chat(const conversation::ChatFormat& format, const std::string& json) {
  try {
    const Json chat = parse_json(json, "chat");
    return format.encode({chat.at("messages", "chat"), chat.at("tools", "chat"),
                          chat.at("variables", "chat"),
                          chat.at("add_generation_prompt", "chat").as_bool("chat")});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    refuse("messages", error.what());
  }
}

}  // namespace lmos::worker
