#include "serve/completion_writer.h"

#include <vector>

#include "formats/json_string.h"
#include "formats/json_text.h"
#include "formats/utf8.h"
#include "serve/answer.h"
#include "serve/answer_id.h"

namespace lmos::serve {
namespace {

class CompletionWriter final : public AnswerWriter {
 public:
  CompletionWriter(std::shared_ptr<HttpExchange> exchange, const CompletionRequest& request)
      : exchange_(std::move(exchange)),
        form_(request.form),
        choices_(request.prompts.size() * static_cast<size_t>(request.form.n)) {
    const Json json = Json::Object{{"id", new_answer_id("cmpl-")},
                                   {"object", "text_completion"},
                                   {"created", unix_seconds()},
                                   {"model", request.model}};
    head_ = compact_json(json);
    head_.back() = ',';
    head_ += "\"choices\":[";
  }

  void begin() override {
    if (!form_.stream) return;
    streaming_ = true;
    exchange_->begin_events();
  }

  void add(const TextPiece& piece) override {
    Choice& choice = choices_[piece.index];
    if (streaming_) {
      exchange_->send_event(event(piece, choice.characters));
      choice.characters += count_characters(piece.text);
      return;
    }
    choice.text += piece.text;
    choice.logprobs.append(piece.logprobs);
    if (piece.finish) choice.finish = *piece.finish;
  }

  void end(const Usage& usage) override {
    if (streaming_) {
      if (form_.include_usage)
        exchange_->send_event(head_ + "],\"usage\":" + compact_json(usage.json()) + "}");
      exchange_->send_event("[DONE]");
      return exchange_->end_events();
    }
    HttpResponse response;
    response.body = head_;
    for (size_t i = 0; i < choices_.size(); ++i)
      response.body.append(i > 0 ? "," : "").append(compact_json(choice_json(i)));
    response.body += "],\"usage\":" + compact_json(usage.json()) + "}";
    exchange_->respond(std::move(response));
  }

  void fail(const ApiError& error) override { respond_failure(*exchange_, error, streaming_); }

 private:
  struct Choice {
    std::string text;
    TokenLogprobs logprobs;
    wire::FinishKind finish = wire::FinishKind::kLength;
    size_t characters = 0;  // given out, in a stream
  };

  // Written without a tree of values: it is the daemon's work for every token.
  std::string event(const TextPiece& piece, size_t first_offset) const {
    std::string event;
    event.reserve(head_.size() + piece.text.size() + 96);
    event.append(head_)
        .append("{\"index\":")
        .append(std::to_string(piece.index))
        .append(",\"text\":");
    append_json_string(piece.text, event);
    event += ",\"logprobs\":";
    event += piece.logprobs.empty() ? "null"
                                    : compact_json(piece.logprobs.completion_json(first_offset));
    event += ",\"finish_reason\":";
    if (piece.finish)
      event.append("\"").append(finish_reason_text(*piece.finish)).append("\"");
    else
      event += "null";
    event += form_.include_usage ? "}],\"usage\":null}" : "}]}";
    return event;
  }

  Json choice_json(size_t index) const {
    const Choice& choice = choices_[index];
    return Json::Object{
        {"index", index},
        {"text", choice.text},
        {"logprobs", choice.logprobs.empty() ? Json() : choice.logprobs.completion_json(0)},
        {"finish_reason", finish_reason_text(choice.finish)}};
  }

  const std::shared_ptr<HttpExchange> exchange_;
  const AnswerForm form_;
  std::string head_;  // {"id": …, "choices":[
  std::vector<Choice> choices_;
  bool streaming_ = false;
};

}  // namespace

std::unique_ptr<AnswerWriter> completion_writer(std::shared_ptr<HttpExchange> exchange,
                                                const CompletionRequest& request) {
  return std::make_unique<CompletionWriter>(std::move(exchange), request);
}

}  // namespace lmos::serve
