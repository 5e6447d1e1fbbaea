// Calls of tools in what a model says, however it arrives.
#include "serve/tool_call_parser.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace lmos::serve
