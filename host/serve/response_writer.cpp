#include "serve/response_writer.h"

#include <utility>

#include "formats/json_text.h"
#include "serve/answer.h"
#include "serve/answer_id.h"
#include "serve/tool_call_parser.h"

namespace lmos::serve {
namespace {

// The output is a list of items: a message if anything was said, then calls.
class ResponseWriter final : public AnswerWriter {
 public:
  ResponseWriter(std::shared_ptr<HttpExchange> exchange, ResponseRequest& request,
                 wire::ToolCalls tool_calls)
      : exchange_(std::move(exchange)),
        parser_(tool_calls),
        stream_(request.stream),
        echo_(std::move(request.echo)),
        model_(request.model) {}

  void begin() override {
    if (!stream_) return;
    streaming_ = true;
    exchange_->begin_events();
    send("response.created", {{"response", response("in_progress", Json())}});
    send("response.in_progress", {{"response", response("in_progress", Json())}});
  }

  void add(const TextPiece& piece) override {
    const ToolCallParser::Found found =
        piece.finish ? parser_.finish(piece.text) : parser_.push(piece.text);
    if (piece.finish) cut_off_ = *piece.finish == wire::FinishKind::kLength;
    if (!found.text.empty()) say(found.text);
    for (const ToolCall& call : found.calls) calls_.push_back(call);
  }

  void end(const Usage& usage) override {
    const char* status = cut_off_ ? "incomplete" : "completed";
    if (!said_ && calls_.empty()) begin_message();
    if (said_) end_message(status);
    for (const ToolCall& call : calls_) add_call(call);
    const Json whole = response(status, usage_json(usage));
    if (!streaming_) return respond_json(*exchange_, whole);
    send(cut_off_ ? "response.incomplete" : "response.completed", {{"response", whole}});
    exchange_->end_events();
  }

  void fail(const ApiError& error) override {
    if (!streaming_) return respond_error(*exchange_, error);
    const Json inner = *error.json().find("error");
    send("error", {{"code", *inner.find("code")},
                   {"message", error.message},
                   {"param", *inner.find("param")}});
    exchange_->end_events();
  }

 private:
  void send(const std::string& type, Json::Object members) {
    if (!streaming_) return;
    Json event = Json::Object{{"type", type}, {"sequence_number", sequence_++}};
    for (JsonMember& member : members) event.set(member.key, std::move(member.value));
    exchange_->send_event(compact_json(event), type);
  }

  static Json part_json(const std::string& text) {
    return Json::Object{{"type", "output_text"},
                        {"text", text},
                        {"annotations", Json::Array()},
                        {"logprobs", Json::Array()}};
  }

  Json message_json(const char* status, Json::Array content) const {
    return Json::Object{{"type", "message"},
                        {"id", message_id_},
                        {"status", status},
                        {"role", "assistant"},
                        {"content", std::move(content)}};
  }

  void begin_message() {
    said_ = true;
    send("response.output_item.added",
         {{"output_index", 0}, {"item", message_json("in_progress", {})}});
    send("response.content_part.added", {{"item_id", message_id_},
                                         {"output_index", 0},
                                         {"content_index", 0},
                                         {"part", part_json("")}});
  }

  void say(const std::string& text) {
    if (!said_) begin_message();
    text_ += text;
    send("response.output_text.delta", {{"item_id", message_id_},
                                        {"output_index", 0},
                                        {"content_index", 0},
                                        {"delta", text},
                                        {"logprobs", Json::Array()}});
  }

  void end_message(const char* status) {
    send("response.output_text.done", {{"item_id", message_id_},
                                       {"output_index", 0},
                                       {"content_index", 0},
                                       {"text", text_},
                                       {"logprobs", Json::Array()}});
    send("response.content_part.done", {{"item_id", message_id_},
                                        {"output_index", 0},
                                        {"content_index", 0},
                                        {"part", part_json(text_)}});
    output_.push_back(message_json(status, {part_json(text_)}));
    send("response.output_item.done", {{"output_index", 0}, {"item", output_.back()}});
  }

  void add_call(const ToolCall& call) {
    const std::string id = new_answer_id("fc_");
    const auto item = [&](const char* status, const std::string& arguments) {
      return Json::Object{{"type", "function_call"}, {"id", id},          {"status", status},
                          {"call_id", call.id},      {"name", call.name}, {"arguments", arguments}};
    };
    const size_t index = output_.size();
    send("response.output_item.added",
         {{"output_index", index}, {"item", item("in_progress", "")}});
    send("response.function_call_arguments.delta",
         {{"item_id", id}, {"output_index", index}, {"delta", call.arguments}});
    send("response.function_call_arguments.done", {{"item_id", id},
                                                   {"output_index", index},
                                                   {"name", call.name},
                                                   {"arguments", call.arguments}});
    output_.push_back(item("completed", call.arguments));
    send("response.output_item.done", {{"output_index", index}, {"item", output_.back()}});
  }

  static Json usage_json(const Usage& usage) {
    return Json::Object{
        {"input_tokens", usage.prompt_tokens},
        {"input_tokens_details", Json::Object{{"cached_tokens", usage.cached_tokens}}},
        {"output_tokens", usage.completion_tokens},
        {"output_tokens_details", Json::Object{{"reasoning_tokens", 0}}},
        {"total_tokens", usage.prompt_tokens + usage.completion_tokens}};
  }

  Json response(const char* status, Json usage) const {
    const bool incomplete = status == std::string_view("incomplete");
    Json json =
        Json::Object{{"id", id_},
                     {"object", "response"},
                     {"created_at", created_},
                     {"status", status},
                     {"error", Json()},
                     {"incomplete_details",
                      incomplete ? Json(Json::Object{{"reason", "max_output_tokens"}}) : Json()},
                     {"model", model_},
                     {"output", output_},
                     {"usage", std::move(usage)},
                     {"parallel_tool_calls", true},
                     {"previous_response_id", Json()},
                     {"store", false},
                     {"truncation", "disabled"},
                     {"text", Json::Object{{"format", Json::Object{{"type", "text"}}}}}};
    for (const auto& [key, value] : echo_.as_object("echo")) json.set(key, value);
    return json;
  }

  const std::shared_ptr<HttpExchange> exchange_;
  ToolCallParser parser_;
  const bool stream_;
  const Json echo_;
  const std::string model_;
  const std::string id_ = new_answer_id("resp_"), message_id_ = new_answer_id("msg_");
  const int64_t created_ = unix_seconds();
  bool streaming_ = false;
  bool said_ = false;     // the message has begun
  bool cut_off_ = false;  // by the limit of tokens
  uint64_t sequence_ = 0;
  std::string text_;
  std::vector<ToolCall> calls_;
  Json::Array output_;
};

}  // namespace

std::unique_ptr<AnswerWriter> response_writer(std::shared_ptr<HttpExchange> exchange,
                                              ResponseRequest& request,
                                              wire::ToolCalls tool_calls) {
  return std::make_unique<ResponseWriter>(std::move(exchange), request, tool_calls);
}

}  // namespace lmos::serve
