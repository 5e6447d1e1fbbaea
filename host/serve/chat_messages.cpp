#include "serve/chat_messages.h"

#include "errors/error.h"
#include "formats/json_text.h"
#include "serve/api_error.h"

namespace lmos::serve {
namespace {

Shape content_shape() {
  const Shape part = Shape::object(
      {{"type", Shape::choice({"text"}), "", true}, {"text", Shape::text(), "", true}});
  return Shape::any_of({Shape::text(), Shape::list(part)});
}

Shape tool_call_shape() {
  return Shape::object({{"id", Shape::text(), "", true},
                        {"type", Shape::choice({"function"}), "", true},
                        {"function",
                         Shape::object({{"name", Shape::text(1), "", true},
                                        {"arguments", Shape::text(), "A JSON object.", true}}),
                         "", true}});
}

// A text, or parts of one.
Json text_of_content(const Json* content) {
  if (content == nullptr) return "";
  if (content->is_string()) return *content;
  std::string text;
  bool first = true;
  for (const Json& part : content->as_array("content")) {
    if (!std::exchange(first, false)) text += '\n';
    text += part.at("text", "content").as_string("content");
  }
  return text;
}

Json call_for_template(const Json& call, const std::string& where) {
  const Json& function = call.at("function", where);
  const std::string& text = function.at("arguments", where).as_string(where);
  const std::string place = where + ".function.arguments";
  Json arguments = Json::Object();
  try {
    if (!text.empty()) arguments = parse_json(text, place);
  } catch (const Error& error) {
    throw invalid_request(error.what(), place);
  }
  if (!arguments.is_object()) throw invalid_request(place + ": expected a JSON object", place);
  return Json::Object{{"id", call.at("id", where)},
                      {"type", "function"},
                      {"function", Json::Object{{"name", function.at("name", where)},
                                                {"arguments", std::move(arguments)}}}};
}

}  // namespace

Shape chat_messages(const LimitsConfig& limits) {
  const ShapeField content = {"content", content_shape(), "A text, or parts of one.", true};
  const ShapeField name = {"name", Shape::text(), ""};
  const auto role = [](std::vector<std::string> roles) {
    return ShapeField{"role", Shape::choice(std::move(roles)), "", true};
  };
  const Shape said = Shape::object({role({"system", "developer", "user"}), content, name});
  const Shape answered = Shape::object(
      {role({"assistant"}),
       {"content", content_shape(), "May be absent beside `tool_calls`."},
       name,
       {"refusal", Shape::text(), "Has no effect."},
       {"tool_calls", Shape::list(tool_call_shape(), 0, static_cast<size_t>(limits.tools))}});
  const Shape found = Shape::object(
      {role({"tool"}), content, name, {"tool_call_id", Shape::text(), "Which call it answers."}});
  return Shape::list(Shape::any_of({said, answered, found}), 1,
                     static_cast<size_t>(limits.messages));
}

Shape chat_tools(const LimitsConfig& limits) {
  const Shape function =
      Shape::object({{"name", Shape::text(1, 256), "", true},
                     {"description", Shape::text(), ""},
                     {"parameters", Shape::map(Shape::anything()), "JSON Schema."},
                     {"strict", Shape::boolean(), "Has no effect."}});
  return Shape::list(Shape::object({{"type", Shape::choice({"function"}), "", true},
                                    {"function", function, "", true}}),
                     0, static_cast<size_t>(limits.tools));
}

Shape tool_choice() { return Shape::choice({"none", "auto"}); }

Json template_messages(const Json& messages) {
  Json::Array all;
  for (const Json& message : messages.as_array("messages")) {
    const std::string where = "messages." + std::to_string(all.size());
    const std::string role = text_or(message, "role", "");
    Json one = Json::Object{{"role", role == "developer" ? "system" : role},
                            {"content", text_of_content(given(message, "content"))}};
    for (const char* key : {"name", "tool_call_id"})
      if (const Json* value = given(message, key)) one.set(key, *value);
    const Json* calls = given(message, "tool_calls");
    if (calls != nullptr && !calls->as_array(where).empty()) {
      Json::Array list;
      for (const Json& call : calls->as_array(where))
        list.push_back(
            call_for_template(call, where + ".tool_calls." + std::to_string(list.size())));
      one.set("tool_calls", std::move(list));
    }
    all.push_back(std::move(one));
  }
  return all;
}

Json read_tools(const Json& body) {
  const Json* tools = given(body, "tools");
  const bool any = tools != nullptr && !tools->as_array("tools").empty();
  const std::string choice = text_or(body, "tool_choice", any ? "auto" : "none");
  if (choice == "auto" && !any)
    throw invalid_request("tool_choice: there are no tools to choose from", "tool_choice");
  return choice == "auto" ? *tools : Json();
}

std::string chat_prompt(Json messages, Json tools, const Json* variables,
                        bool add_generation_prompt) {
  return compact_json(
      Json::Object{{"messages", std::move(messages)},
                   {"tools", std::move(tools)},
                   {"variables", variables != nullptr ? *variables : Json::Object()},
                   {"add_generation_prompt", add_generation_prompt}});
}

}  // namespace lmos::serve
