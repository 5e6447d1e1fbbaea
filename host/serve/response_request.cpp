#include "serve/response_request.h"

#include <utility>

#include "serve/api_error.h"
#include "serve/chat_messages.h"
#include "serve/generation_fields.h"
#include "serve/usage.h"

namespace lmos::serve {
namespace {

constexpr const char* kNoEffect = "Has no effect.";

ShapeField type_field(const char* type, bool required = true) {
  return {"type", Shape::choice({type}), "", required};
}

// Items that were answers before carry these too.
std::vector<ShapeField> with_answer_fields(std::vector<ShapeField> fields) {
  fields.push_back({"id", Shape::text(), kNoEffect});
  for (const char* name : {"status", "phase", "namespace", "caller"})
    fields.push_back({name, Shape::anything(), kNoEffect});
  return fields;
}

Shape input_shape(const LimitsConfig& limits) {
  const Shape part =
      Shape::object({{"type", Shape::choice({"input_text", "output_text"}), "", true},
                     {"text", Shape::text(), "", true},
                     {"annotations", Shape::list(Shape::anything()), kNoEffect},
                     {"logprobs", Shape::list(Shape::anything()), kNoEffect}});
  const Shape message = Shape::object(with_answer_fields(
      {type_field("message", false),
       {"role", Shape::choice({"user", "assistant", "system", "developer"}), "", true},
       {"content", Shape::any_of({Shape::text(), Shape::list(part)}), "", true}}));
  const Shape call = Shape::object(with_answer_fields({type_field("function_call"),
                                                       {"call_id", Shape::text(), "", true},
                                                       {"name", Shape::text(1), "", true},
                                                       {"arguments", Shape::text(), "", true}}));
  const Shape result = Shape::object(with_answer_fields({type_field("function_call_output"),
                                                         {"call_id", Shape::text(), "", true},
                                                         {"output", Shape::text(), "", true}}));
  return Shape::any_of({Shape::text(), Shape::list(Shape::any_of({message, call, result}), 1,
                                                   static_cast<size_t>(limits.messages))});
}

Shape response_tools(const LimitsConfig& limits) {
  return Shape::list(Shape::object({type_field("function"),
                                    {"name", Shape::text(1, 256), "", true},
                                    {"description", Shape::text(), ""},
                                    {"parameters", Shape::map(Shape::anything()), "JSON Schema."},
                                    {"strict", Shape::boolean(), kNoEffect}}),
                     0, static_cast<size_t>(limits.tools));
}

Json content_of(const Json& content) {
  if (content.is_string()) return content;
  Json::Array parts;
  for (const Json& part : content.as_array("content"))
    parts.push_back(Json::Object{{"type", "text"}, {"text", part.at("text", "content")}});
  return parts;
}

// An item as a message of /v1/chat/completions.
Json message_of(const Json& item) {
  const std::string type = text_or(item, "type", "message");
  if (type == "function_call")
    return Json::Object{
        {"role", "assistant"},
        {"tool_calls",
         Json::Array{Json::Object{
             {"id", item.at("call_id", "input")},
             {"type", "function"},
             {"function", Json::Object{{"name", item.at("name", "input")},
                                       {"arguments", item.at("arguments", "input")}}}}}}};
  if (type == "function_call_output")
    return Json::Object{{"role", "tool"},
                        {"content", item.at("output", "input")},
                        {"tool_call_id", item.at("call_id", "input")}};
  return Json::Object{{"role", item.at("role", "input")},
                      {"content", content_of(item.at("content", "input"))}};
}

Json messages_of(const Json& body) {
  Json::Array messages;
  if (const Json* instructions = given(body, "instructions"))
    messages.push_back(Json::Object{{"role", "system"}, {"content", *instructions}});
  const Json& input = *given(body, "input");
  if (input.is_string())
    messages.push_back(Json::Object{{"role", "user"}, {"content", input}});
  else
    for (const Json& item : input.as_array("input")) messages.push_back(message_of(item));
  return messages;
}

// The tools in the form of /v1/chat/completions, with the choice among them.
Json tools_of(const Json& body) {
  Json::Array tools;
  if (const Json* given_tools = given(body, "tools"))
    for (const Json& tool : given_tools->as_array("tools")) {
      Json function = Json::Object();
      for (const auto& [key, value] : tool.as_object("tools"))
        if (key != "type" && !value.is_null()) function.set(key, value);
      tools.push_back(Json::Object{{"type", "function"}, {"function", std::move(function)}});
    }
  Json chat = Json::Object{{"tools", std::move(tools)}};
  if (const Json* choice = given(body, "tool_choice")) chat.set("tool_choice", *choice);
  return read_tools(chat);
}

}  // namespace

Shape response_body(const LimitsConfig& limits) {
  const Shape format = Shape::object({type_field("text")});
  return Shape::object({
      {"model", Shape::text(), "A name of GET /v1/models.", true},
      {"input", input_shape(limits), "What the user says, or the conversation so far.", true},
      {"instructions", Shape::text(), "A system message before the input."},
      {"max_output_tokens", Shape::integer(1, kMostTokens),
       "Unless given, what the context leaves."},
      {"temperature", Shape::number(0, 100), "Unless given, 1."},
      {"top_p", Shape::number(0, 1, true), "Unless given, 1."},
      {"stream", Shape::boolean(), "Answer with server-sent events."},
      {"stream_options", Shape::object({{"include_obfuscation", Shape::boolean(), kNoEffect}}), ""},
      {"text",
       Shape::object({{"format", format, "Answers can't be forced into another form."},
                      {"verbosity", Shape::text(), kNoEffect}}),
       ""},
      {"tools", response_tools(limits), "Functions that the model may call."},
      {"tool_choice", tool_choice(), "Unless given, auto where there are tools."},
      {"store", Shape::boolean(), "Answers aren't kept: false, or absent."},
      {"previous_response_id", Shape::text(), "Refused: send the conversation as `input`."},
      {"truncation", Shape::choice({"disabled"}), ""},
      {"include", Shape::list(Shape::text(), 0, 0), ""},
      {"background", Shape::boolean(), "False, or absent."},
      {"metadata", Shape::map(Shape::text()), "Given back."},
      {"parallel_tool_calls", Shape::boolean(), kNoEffect},
      {"service_tier", Shape::text(), kNoEffect},
      {"safety_identifier", Shape::text(), kNoEffect},
      {"prompt_cache_key", Shape::text(), kNoEffect},
      {"user", Shape::text(), kNoEffect},
  });
}

ResponseRequest read_response_request(const Json& body) {
  if (given(body, "previous_response_id") != nullptr)
    throw invalid_request(
        "previous_response_id: answers aren't kept; send the conversation as input",
        "previous_response_id");
  if (flag_or(body, "store", false))
    throw invalid_request("store: answers aren't kept; leave it out, or say false", "store");
  if (flag_or(body, "background", false))
    throw invalid_request("background: answers aren't kept, so they can't be fetched later",
                          "background");
  ResponseRequest request;
  request.model = text_or(body, "model", "");
  request.stream = flag_or(body, "stream", false);
  Json tools = tools_of(body);
  request.tools = !tools.is_null();
  wire::Submit& prompt = request.prompt;
  prompt.kind = wire::PromptKind::kChat;
  prompt.text = chat_prompt(template_messages(messages_of(body)), std::move(tools), nullptr, true);
  prompt.max_tokens = integer_or(body, "max_output_tokens", -1);
  read_generation(body, prompt);

  const auto repeated = [&](const char* key, Json absent) {
    const Json* value = given(body, key);
    request.echo.set(key, value != nullptr ? *value : std::move(absent));
  };
  repeated("instructions", Json());
  repeated("max_output_tokens", Json());
  repeated("temperature", 1);
  repeated("top_p", 1);
  repeated("tools", Json::Array());
  repeated("tool_choice", request.tools ? "auto" : "none");
  repeated("metadata", Json::Object());
  return request;
}

Shape response_answer() {
  const Shape text = Shape::text(), anything = Shape::anything();
  const Shape part = Shape::object({type_field("output_text"),
                                    {"text", text, "", true},
                                    {"annotations", Shape::list(anything, 0, 0), "", true},
                                    {"logprobs", Shape::list(anything, 0, 0), "", true}});
  const ShapeField status = {"status", Shape::choice({"in_progress", "completed", "incomplete"}),
                             "", true};
  const Shape message = Shape::object({type_field("message"),
                                       {"id", text, "", true},
                                       status,
                                       {"role", Shape::choice({"assistant"}), "", true},
                                       {"content", Shape::list(part), "", true}});
  const Shape call = Shape::object({type_field("function_call"),
                                    {"id", text, "", true},
                                    status,
                                    {"call_id", text, "", true},
                                    {"name", text, "", true},
                                    {"arguments", text, "A JSON object.", true}});
  const auto details = [](const char* name) {
    return Shape::object({{name, count_shape(), "", true}});
  };
  const Shape usage =
      Shape::object({{"input_tokens", count_shape(), "", true},
                     {"input_tokens_details", details("cached_tokens"), "", true},
                     {"output_tokens", count_shape(), "", true},
                     {"output_tokens_details", details("reasoning_tokens"), "", true},
                     {"total_tokens", count_shape(), "", true}});
  const Shape incomplete =
      Shape::object({{"reason", Shape::choice({"max_output_tokens"}), "", true}});
  return Shape::object({{"id", text, "", true},
                        {"object", Shape::choice({"response"}), "", true},
                        {"created_at", count_shape(), "Seconds since 1970.", true},
                        status,
                        {"error", anything.or_null(), "", true},
                        {"incomplete_details", incomplete.or_null(), "", true},
                        {"model", text, "", true},
                        {"output", Shape::list(Shape::any_of({message, call})), "", true},
                        {"usage", usage.or_null(), "", true},
                        {"instructions", text.or_null(), "", true},
                        {"max_output_tokens", count_shape().or_null(), "", true},
                        {"temperature", Shape::any_number(), "", true},
                        {"top_p", Shape::any_number(), "", true},
                        {"tools", Shape::list(anything), "", true},
                        {"tool_choice", text, "", true},
                        {"metadata", Shape::map(text), "", true},
                        {"parallel_tool_calls", Shape::boolean(), "", true},
                        {"previous_response_id", text.or_null(), "", true},
                        {"store", Shape::boolean(), "", true},
                        {"truncation", text, "", true},
                        {"text", Shape::map(anything), "", true}});
}

}  // namespace lmos::serve
