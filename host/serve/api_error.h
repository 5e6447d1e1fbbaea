// What went wrong with a request, in the form of OpenAI's API.
#pragma once

#include <optional>
#include <string>

#include "formats/json.h"

namespace lmos::serve {

// Thrown by what handles a request; becomes the answer.
struct ApiError {
  int status = 400;             // of HTTP
  std::string type;             // "invalid_request_error", ...
  std::string message;          // what, and what to do
  std::string parameter;        // the field at fault: "stop.0"; empty: none
  std::string code;             // for programs: "model_not_found"; empty: none
  int retry_after_seconds = 0;  // 0: trying again would not help
  std::string allow = {};       // methods that the path takes, of status 405

  // {"error": {"message", "type", "param", "code"}}
  Json json() const;
};

ApiError invalid_request(std::string message, std::string parameter = "", std::string code = "");
ApiError unknown_route(std::string message);
ApiError too_many_requests(std::string message, int retry_after_seconds, std::string code);
// For the moment; the same request may be sent again.
ApiError unavailable(std::string message, std::string code);
ApiError internal_error(std::string message);

}  // namespace lmos::serve
