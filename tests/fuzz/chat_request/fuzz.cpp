// Whatever the body of a conversation, it is parsed within the limits or refused as the client's
// mistake, with an answer that is JSON. The first byte chooses the route.
#include <cstdint>
#include <cstdlib>

#include "errors/error.h"
#include "formats/json_text.h"
#include "serve/api_error.h"
#include "serve/chat_request.h"
#include "serve/response_request.h"
#include "serve/tool_call_parser.h"

namespace {

using namespace lmos::serve;

LimitsConfig small_limits() {
  LimitsConfig limits;
  limits.n = 4;
  limits.logprobs = 5;
  limits.messages = 8;
  limits.tools = 4;
  return limits;
}

void check_prompt(const lmos::wire::Submit& prompt) {
  const lmos::Json chat = lmos::parse_json(prompt.text, "chat");
  const lmos::Json::Array& messages = chat.at("messages", "chat").as_array("messages");
  if (messages.empty() || messages.size() > 9 || prompt.count > 4) std::abort();
  for (const lmos::Json& message : messages)
    if (!message.at("role", "chat").is_string() || !message.at("content", "chat").is_string())
      std::abort();
}

void read_request(bool chat, const lmos::Json& body) {
  static const Shape chat_shape = chat_body(small_limits());
  static const Shape response_shape = response_body(small_limits());
  (chat ? chat_shape : response_shape).check(body);
  check_prompt(chat ? read_chat_request(body).prompt : read_response_request(body).prompt);
}

// However the text arrives, the same is said and called.
void parse_calls(std::string_view text) {
  ToolCallParser whole(lmos::wire::ToolCalls::kTagged), pieces(lmos::wire::ToolCalls::kTagged);
  std::string said[2];
  size_t called[2] = {};
  const auto take = [&](int which, const ToolCallParser::Found& found) {
    said[which] += found.text;
    called[which] += found.calls.size();
  };
  take(0, whole.finish(text));
  for (const char& byte : text) take(1, pieces.push({&byte, 1}));
  take(1, pieces.finish(""));
  if (said[0] != said[1] || called[0] != called[1]) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 't') {
    parse_calls(text);
    return 0;
  }
  try {
    read_request(data[0] != 'r', lmos::parse_json(text, "body"));
  } catch (const ApiError& error) {
    if (error.status != 400) std::abort();
    lmos::parse_json(lmos::compact_json(error.json()), "answer");
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kInput) std::abort();
  }
  return 0;
}
