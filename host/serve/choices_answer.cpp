#include "serve/choices_answer.h"

#include <utility>

#include "formats/json_text.h"
#include "serve/answer.h"
#include "serve/answer_id.h"

namespace lmos::serve {

ChoicesAnswer::ChoicesAnswer(std::shared_ptr<HttpExchange> exchange, const AnswerForm& form,
                             std::string_view id_prefix, std::string_view object,
                             const std::string& model)
    : exchange_(std::move(exchange)), stream_(form.stream), include_usage_(form.include_usage) {
  const Json json = Json::Object{{"id", new_answer_id(id_prefix)},
                                 {"object", std::string(object)},
                                 {"created", unix_seconds()},
                                 {"model", model}};
  head_ = compact_json(json);
  head_.back() = ',';
  head_ += "\"choices\":[";
}

void ChoicesAnswer::begin() {
  if (!stream_) return;
  streaming_ = true;
  exchange_->begin_events();
}

// Written without a tree of values: it is the daemon's work for every token.
void ChoicesAnswer::send(size_t index, std::string_view content, std::string_view logprobs,
                         std::string_view finish) {
  std::string event;
  event.reserve(head_.size() + content.size() + logprobs.size() + 96);
  event.append(head_).append("{\"index\":").append(std::to_string(index)).append(",");
  event.append(content).append(",\"logprobs\":").append(logprobs).append(",\"finish_reason\":");
  if (finish.empty())
    event += "null";
  else
    event.append("\"").append(finish).append("\"");
  event += include_usage_ ? "}],\"usage\":null}" : "}]}";
  exchange_->send_event(event);
}

void ChoicesAnswer::end(const Usage& usage, size_t count,
                        const std::function<Json(size_t)>& choice) {
  if (streaming_) {
    if (include_usage_)
      exchange_->send_event(head_ + "],\"usage\":" + compact_json(usage.json()) + "}");
    exchange_->send_event("[DONE]");
    return exchange_->end_events();
  }
  HttpResponse response;
  response.body = head_;
  for (size_t i = 0; i < count; ++i)
    response.body.append(i > 0 ? "," : "").append(compact_json(choice(i)));
  response.body += "],\"usage\":" + compact_json(usage.json()) + "}";
  exchange_->respond(std::move(response));
}

void ChoicesAnswer::fail(const ApiError& error) { respond_failure(*exchange_, error, streaming_); }

}  // namespace lmos::serve
