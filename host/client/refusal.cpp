// The errors of the API as errors of a command.
#include "client/client.h"
#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/quote.h"

namespace lmos::client {
namespace {

// {"error": {"message"}}; empty if this is something else.
std::string message_of(const Json& answer) {
  const Json* error = answer.find("error");
  const Json* message = error != nullptr ? error->find("message") : nullptr;
  return message != nullptr && message->is_string() ? message->as_string("error.message") : "";
}

std::string message_of(const std::string& body) {
  try {
    return message_of(parse_json(body, "answer"));
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

void throw_refusal(const Response& response, const Address& address) {
  std::string message = message_of(response.body);
  if (message.empty())
    message = address.url() + " answered with status " + std::to_string(response.status) + ": " +
              quote_text(response.body, 200);
  if (response.status == 401) message += "; LLMASOS_API_KEY holds the key that is sent";
  const bool later = response.status == 429 || response.status >= 500;
  throw Error(later ? ErrorKind::kResource : ErrorKind::kUsage, message);
}

void throw_if_error(const Json& event) {
  if (event.find("error") == nullptr || event.find("error")->is_null()) return;
  const std::string message = message_of(event);
  throw Error(ErrorKind::kResource,
              message.empty() ? "the server failed: " + event.excerpt() : message);
}

}  // namespace lmos::client
