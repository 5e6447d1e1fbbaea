// The answer of a route that gives `choices`: one object, or events of a stream.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "formats/json.h"
#include "serve/api_error.h"
#include "serve/generation_fields.h"
#include "serve/http_exchange.h"
#include "serve/usage.h"

namespace lmos::serve {

// begin() once; then either send() and end(), or end() alone, or fail(). The loop's thread only.
class ChoicesAnswer {
 public:
  // `id_prefix`: "cmpl-"; `object`: what the answer, or each event, calls itself.
  ChoicesAnswer(std::shared_ptr<HttpExchange> exchange, const AnswerForm& form,
                std::string_view id_prefix, std::string_view object, const std::string& model);

  void begin();
  // True once a stream has begun: what comes is sent, not kept.
  bool streaming() const { return streaming_; }
  // An event of one choice. `content`: its own member as JSON, `"text":"…"`; `logprobs`: JSON,
  // "null" for none; `finish`: empty if the choice goes on.
  void send(size_t index, std::string_view content, std::string_view logprobs,
            std::string_view finish);
  // Ends the stream, or answers with the `count` choices that `choice` makes.
  void end(const Usage& usage, size_t count, const std::function<Json(size_t)>& choice);
  // Also before begin().
  void fail(const ApiError& error);

 private:
  const std::shared_ptr<HttpExchange> exchange_;
  const bool stream_, include_usage_;
  std::string head_;  // {"id": …, "choices":[
  bool streaming_ = false;
};

}  // namespace lmos::serve
