// Whatever the template, it is refused or rendered with an Error(kInput) or a text within the
// limits.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "chat_template/chat_template.h"
#include "errors/error.h"
#include "formats/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const lmos::Json variables = lmos::parse_json(
      R"({"messages": [{"role": "user", "content": "Hi 你"}, {"role": "assistant", "content": ""}],
          "tools": [{"name": "f", "n": 1.5}], "bos_token": "<s>", "add_generation_prompt": true})",
      "variables");
  constexpr lmos::chat::Limits kLimits{.steps = 20'000, .output_bytes = 1 << 16, .depth = 30};
  try {
    const lmos::chat::ChatTemplate chat_template(
        std::string(reinterpret_cast<const char*>(data), size), "input");
    if (chat_template.render(variables, kLimits).size() > (1 << 16)) std::abort();
  } catch (const lmos::Error& error) {
    if (error.kind() != lmos::ErrorKind::kInput) std::abort();
  }
  return 0;
}
