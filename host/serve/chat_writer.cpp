#include "serve/chat_writer.h"

#include <vector>

#include "formats/json_string.h"
#include "formats/json_text.h"
#include "serve/answer.h"
#include "serve/choices_answer.h"
#include "serve/tool_call_parser.h"

namespace lmos::serve {
namespace {

class ChatWriter final : public AnswerWriter {
 public:
  ChatWriter(std::shared_ptr<HttpExchange> exchange, const ChatRequest& request,
             wire::ToolCalls tool_calls)
      : answer_(std::move(exchange), request.form, "chatcmpl-",
                request.form.stream ? "chat.completion.chunk" : "chat.completion", request.model),
        choices_(static_cast<size_t>(request.form.n), Choice(tool_calls)) {}

  void begin() override {
    answer_.begin();
    if (!answer_.streaming()) return;
    for (uint32_t i = 0; i < choices_.size(); ++i)
      send_delta(i, R"({"role":"assistant","content":"","refusal":null})", {}, {});
  }

  void add(const TextPiece& piece) override {
    Choice& choice = choices_[piece.index];
    const ToolCallParser::Found found =
        piece.finish ? choice.parser.finish(piece.text) : choice.parser.push(piece.text);
    if (piece.finish) choice.finish = *piece.finish;
    if (answer_.streaming()) return stream(piece, found);
    choice.text += found.text;
    choice.logprobs.append(piece.logprobs);
    for (const ToolCall& call : found.calls) choice.calls.push_back(call.json());
  }

  void end(const Usage& usage) override {
    answer_.end(usage, choices_.size(), [this](size_t index) { return choice_json(index); });
  }

  void fail(const ApiError& error) override { answer_.fail(error); }

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

  void send_delta(uint32_t index, std::string_view delta, const TokenLogprobs& logprobs,
                  std::string_view finish) {
    answer_.send(index, "\"delta\":" + std::string(delta), compact_json(logprobs_json(logprobs)),
                 finish);
  }

  static Json logprobs_json(const TokenLogprobs& logprobs) {
    if (logprobs.empty()) return {};
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
    return Json::Object{{"index", index},
                        {"message", std::move(message)},
                        {"logprobs", logprobs_json(choice.logprobs)},
                        {"finish_reason", finish_reason(choice)}};
  }

  ChoicesAnswer answer_;
  std::vector<Choice> choices_;
};

}  // namespace

std::unique_ptr<AnswerWriter> chat_writer(std::shared_ptr<HttpExchange> exchange,
                                          const ChatRequest& request, wire::ToolCalls tool_calls) {
  return std::make_unique<ChatWriter>(std::move(exchange), request, tool_calls);
}

}  // namespace lmos::serve
