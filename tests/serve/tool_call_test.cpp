// Calls of tools in what a model says, however it arrives.
#include "serve/tool_call_parser.h"

#include <gtest/gtest.h>

#include "formats/json_text.h"
#include "serve/chat_writer.h"

namespace lmos::serve {
namespace {

// Text, then "NAME(ARGUMENTS)" of each call.
std::string parsed(wire::ToolCalls style, std::string_view text, size_t piece) {
  ToolCallParser parser(style);
  std::string said, called;
  const auto take = [&](const ToolCallParser::Found& found) {
    said += found.text;
    for (const ToolCall& call : found.calls) {
      EXPECT_TRUE(call.id.starts_with("call_"));
      called += "|" + call.name + "(" + call.arguments + ")";
    }
  };
  while (text.size() > piece) {
    take(parser.push(text.substr(0, piece)));
    text.remove_prefix(piece);
  }
  take(parser.finish(text));
  return said + called;
}

TEST(ToolCalls, AreFoundInAnyPieces) {
  using enum wire::ToolCalls;
  struct Case {
    wire::ToolCalls style;
    const char *text, *expected;
  };
  const Case cases[] = {
      {kTagged, "just text ", "just text "},
      {kTagged, "a < b <tool", "a < b <tool"},
      {kTagged, "<tool_call>\n{\"name\":\"f\",\"arguments\":{\"x\": 1}}\n</tool_call>",
       "|f({\"x\":1})"},
      {kTagged,
       "Wait.\n\n<tool_call>{\"name\":\"f\",\"arguments\":{}}</"
       "tool_call>\n<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>\n",
       "Wait.|f({})|g({})"},
      {kTagged, "<tool_call>{\"name\":\"f\"}</tool_call> x",
       "<tool_call>{\"name\":\"f\"}</tool_call> x"},
      {kTagged, "<tool_call>{broken</tool_call>", "<tool_call>{broken</tool_call>"},
      {kTagged, "a <tool_call>{\"name\":\"f\",\"argu", "a <tool_call>{\"name\":\"f\",\"argu"},
      {kJson, "{\"name\":\"f\",\"parameters\":{\"x\":\"y\"}}", "|f({\"x\":\"y\"})"},
      {kJson, " text {\"name\":\"f\",\"parameters\":{}}",
       " text {\"name\":\"f\",\"parameters\":{}}"},
      {kJson, "{\"a\":1}", "{\"a\":1}"},
      {kNone, "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>",
       "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>"}};
  for (const Case& one : cases)
    for (const size_t piece : {1, 2, 5, 1000})
      EXPECT_EQ(parsed(one.style, one.text, piece), one.expected) << one.text << " by " << piece;
}

// A client's end that keeps what it is sent.
class Recorded final : public HttpExchange {
 public:
  const HttpRequest& request() const override { return request_; }
  void respond(HttpResponse response) override { responses.push_back(std::move(response)); }
  void begin_events() override {}
  void send_event(std::string_view data, std::string_view) override { events.emplace_back(data); }
  void end_events() override {}
  void on_gone(std::function<void()>) override {}

  std::vector<HttpResponse> responses;
  std::vector<std::string> events;

 private:
  HttpRequest request_;
};

constexpr std::string_view kTwoCalls =
    "Wait. <tool_call>{\"name\":\"f\",\"arguments\":{\"x\":1}}</tool_call>"
    "<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>";

std::shared_ptr<Recorded> answer_with_calls(bool stream) {
  const auto exchange = std::make_shared<Recorded>();
  ChatRequest request;
  request.model = "m";
  request.form.stream = stream;
  request.form.n = 1;
  const auto writer = chat_writer(exchange, request, wire::ToolCalls::kTagged);
  writer->begin();
  writer->add({0, kTwoCalls.substr(0, 40), {}, {}});
  writer->add({0, kTwoCalls.substr(40), {}, wire::FinishKind::kEndOfText});
  writer->end({});
  return exchange;
}

TEST(ToolCalls, AreStreamedWhole) {
  const auto exchange = answer_with_calls(true);
  std::string said, finish;
  std::vector<std::string> calls;
  for (const std::string& event : exchange->events) {
    if (event == "[DONE]") continue;
    const Json choices = parse_json(event, "event").at("choices", "event");
    for (const Json& choice : choices.as_array("choices")) {
      const Json& delta = choice.at("delta", "choice");
      if (const Json* text = delta.find("content"); text && text->is_string())
        said += text->as_string("content");
      if (const Json* sent = delta.find("tool_calls")) {
        const Json& call = sent->as_array("tool_calls").at(0);
        EXPECT_TRUE(call.at("id", "call").as_string("id").starts_with("call_"));
        EXPECT_EQ(call.at("index", "call").as_uint64("index"), calls.size());
        EXPECT_EQ(call.at("type", "call"), Json("function"));
        const Json& function = call.at("function", "call");
        calls.push_back(function.at("name", "function").as_string("name") +
                        function.at("arguments", "function").as_string("arguments"));
      }
      if (const Json* reason = choice.find("finish_reason"); reason && reason->is_string())
        finish = reason->as_string("finish_reason");
    }
  }
  EXPECT_EQ(said, "Wait.");
  EXPECT_EQ(calls, (std::vector<std::string>{"f{\"x\":1}", "g{}"}));
  EXPECT_EQ(finish, "tool_calls");
}

TEST(ToolCalls, StandInTheMessage) {
  const auto exchange = answer_with_calls(false);
  ASSERT_EQ(exchange->responses.size(), 1);
  const Json choice =
      parse_json(exchange->responses[0].body, "answer").at("choices", "answer").as_array("")[0];
  EXPECT_EQ(choice.at("finish_reason", "choice"), Json("tool_calls"));
  const Json& message = choice.at("message", "choice");
  EXPECT_EQ(message.at("content", "message"), Json("Wait."));
  EXPECT_EQ(message.at("tool_calls", "message").as_array("calls").size(), 2);
}

}  // namespace
}  // namespace lmos::serve
