#include "serve/answer.h"

#include "formats/json_text.h"

namespace lmos::serve {

void respond_json(HttpExchange& exchange, const Json& json, int status) {
  HttpResponse response;
  response.status = status;
  response.body = compact_json(json);
  exchange.respond(std::move(response));
}

void respond_error(HttpExchange& exchange, const ApiError& error) {
  HttpResponse response;
  response.status = error.status;
  response.body = compact_json(error.json());
  if (error.retry_after_seconds > 0)
    response.headers.emplace_back("Retry-After", std::to_string(error.retry_after_seconds));
  if (!error.allow.empty()) response.headers.emplace_back("Allow", error.allow);
  if (error.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  exchange.respond(std::move(response));
}

void respond_failure(HttpExchange& exchange, const ApiError& error, bool streaming) {
  if (!streaming) return respond_error(exchange, error);
  exchange.send_event(compact_json(error.json()));
  exchange.end_events();
}

std::string_view finish_reason_text(wire::FinishKind kind) {
  return kind == wire::FinishKind::kLength ? "length" : "stop";
}

ApiError refusal_error(const wire::Refused& refused) {
  switch (refused.kind) {
    case wire::RefusalKind::kBusy:
      return too_many_requests(refused.message, 1, "queue_full");
    case wire::RefusalKind::kFailed:
      return internal_error(refused.message);
    case wire::RefusalKind::kInvalid:
      break;
  }
  return invalid_request(refused.message, refused.parameter);
}

ApiError lost_error() {
  return unavailable("the model's worker process failed before it answered; send the request again",
                     "worker_failed");
}

}  // namespace lmos::serve
