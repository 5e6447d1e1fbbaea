#include "serve/api_error.h"

namespace lmos::serve {
namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

}  // namespace

Json ApiError::json() const {
  Json error = Json::Object();
  error.set("message", message);
  error.set("type", type);
  error.set("param", text_or_null(parameter));
  error.set("code", text_or_null(code));
  Json whole = Json::Object();
  whole.set("error", std::move(error));
  return whole;
}

ApiError invalid_request(std::string message, std::string parameter, std::string code) {
  return {400, "invalid_request_error", std::move(message), std::move(parameter), std::move(code),
          0};
}

ApiError unknown_route(std::string message) {
  return {404, "invalid_request_error", std::move(message), "", "unknown_url", 0};
}

ApiError too_many_requests(std::string message, int retry_after_seconds, std::string code) {
  return {429, "rate_limit_error", std::move(message), "", std::move(code), retry_after_seconds};
}

ApiError unavailable(std::string message, std::string code) {
  return {503, "service_unavailable_error", std::move(message), "", std::move(code), 1};
}

ApiError internal_error(std::string message) {
  return {500, "server_error", std::move(message), "", "internal_error", 0};
}

}  // namespace lmos::serve
