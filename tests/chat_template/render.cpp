// Renders chat templates for tests/interop/chat_templates.py: reads JSON lines {"template",
// "variables"}, writes {"text"} or {"error"} lines.
#include <cstdio>
#include <iostream>

#include "chat_template/chat_template.h"
#include "errors/error.h"
#include "formats/json_text.h"

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    lmos::Json answer = lmos::Json::Object();
    try {
      const lmos::Json request = lmos::parse_json(line, "standard input");
      const lmos::chat::ChatTemplate chat_template(
          request.at("template", "request").as_string("template"), "template");
      answer.set("text", chat_template.render(request.at("variables", "request")));
    } catch (const lmos::Error& error) {
      answer.set("error", error.what());
    }
    std::puts(lmos::compact_json(answer).c_str());
  }
}
