#include "serve/chat_writer.h"

#include <vector>

#include "formats/json_string.h"
#include "formats/json_text.h"
#include "serve/answer.h"
#include "serve/answer_id.h"
#include "serve/tool_call_parser.h"

namespace lmos::serve {
namespace {

class ChatWriter final : public AnswerWriter {
 public:
  ChatWriter(std::shared_ptr<HttpExchange> exchange, const ChatRequest& request,
             wire::ToolCalls tool_calls)
      : exchange_(std::move(exchange)),
        form_(request.form),
        choices_(static_cast<size_t>(request.form.n), Choice(tool_calls)) {
    const Json json =
        Json::Object{{"id", new_answer_id("chatcmpl-")},
                     {"object", form_.stream ? "chat.completion.chunk" : "chat.completion"},
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
    for (uint32_t i = 0; i < choices_.size(); ++i)
      send_delta(i, R"({"role":"assistant","content":"","refusal":null})", {}, {});
  }

  void add(const TextPiece& piece) override {
    Choice& choice = choices_[piece.index];
    ToolCallParser::Found found = choice.parser.push(piece.text);
    if (piece.finish) {
      ToolCallParser::Found rest = choice.parser.finish();
      found.text += rest.text;
      for (ToolCall& call : rest.calls) found.calls.push_back(std::move(call));
      choice.finish = *piece.finish;
    }
    if (streaming_) return stream(piece, found);
    choice.text += found.text;
    choice.logprobs.append(piece.logprobs);
    for (const ToolCall& call : found.calls) choice.calls.push_back(call.json());
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
    explicit Choice(wire::ToolCalls style) : parser(style) {}
    ToolCallParser parser;
    std::string text;
    TokenLogprobs logprobs;
    Json::Array calls;
    size_t calls_sent = 0;
    wire::FinishKind finish = wire::FinishKind::kLength;
  };

  void stream(const TextPiece& piece, const ToolCallParser::Found& found) {
    Choice& choice = choices_[piece.index];
    if (!found.text.empty() || !piece.logprobs.empty()) {
      std::string delta = "{\"content\":";
      append_json_string(found.text, delta);
      send_delta(piece.index, delta + "}", piece.logprobs, {});
    }
    for (const ToolCall& call : found.calls) {
      Json json = Json::Object{{"index", choice.calls_sent++}};
      for (const auto& [key, value] : call.json().as_object("call")) json.set(key, value);
      send_delta(piece.index, compact_json(Json::Object{{"tool_calls", Json::Array{json}}}), {},
                 {});
    }
    if (piece.finish) send_delta(piece.index, "{}", {}, finish_reason(choice));
  }

  // Written without a tree of values: it is the daemon's work for every token.
  void send_delta(uint32_t index, std::string_view delta, const TokenLogprobs& logprobs,
                  std::string_view finish) {
    std::string event;
    event.reserve(head_.size() + delta.size() + 96);
    event.append(head_).append("{\"index\":").append(std::to_string(index)).append(",\"delta\":");
    event.append(delta).append(",\"logprobs\":");
    event += logprobs.empty() ? "null" : compact_json(logprobs_json(logprobs));
    event += ",\"finish_reason\":";
    event += finish.empty() ? "null" : "\"" + std::string(finish) + "\"";
    event += form_.include_usage ? "}],\"usage\":null}" : "}]}";
    exchange_->send_event(event);
  }

  static Json logprobs_json(const TokenLogprobs& logprobs) {
    return Json::Object{{"content", logprobs.chat_json()}, {"refusal", Json()}};
  }

  static std::string_view finish_reason(const Choice& choice) {
    const bool called = !choice.calls.empty() || choice.calls_sent > 0;
    return called && choice.finish != wire::FinishKind::kLength ? "tool_calls"
                                                                : finish_reason_text(choice.finish);
  }

  Json choice_json(size_t index) const {
    const Choice& choice = choices_[index];
    Json message = Json::Object{
        {"role", "assistant"},
        {"content", choice.text.empty() && !choice.calls.empty() ? Json() : Json(choice.text)},
        {"refusal", Json()}};
    if (!choice.calls.empty()) message.set("tool_calls", choice.calls);
    return Json::Object{
        {"index", index},
        {"message", std::move(message)},
        {"logprobs", choice.logprobs.empty() ? Json() : logprobs_json(choice.logprobs)},
        {"finish_reason", finish_reason(choice)}};
  }

  const std::shared_ptr<HttpExchange> exchange_;
  const AnswerForm form_;
  std::string head_;  // {"id": …, "choices":[
  std::vector<Choice> choices_;
  bool streaming_ = false;
};

}  // namespace

std::unique_ptr<AnswerWriter> chat_writer(std::shared_ptr<HttpExchange> exchange,
                                          const ChatRequest& request, wire::ToolCalls tool_calls) {
  return std::make_unique<ChatWriter>(std::move(exchange), request, tool_calls);
}

}  // namespace lmos::serve
