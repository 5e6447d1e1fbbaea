// The chat template of a model: a Jinja template that turns messages into the text of a prompt.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "formats/json.h"

namespace lmos::chat {

struct Block;

// What a template may use in one rendering. Templates come with models, and nobody reads them
// first.
struct Limits {
  int64_t steps = 1'000'000;  // nodes evaluated, and elements or characters produced / 64
  int64_t output_bytes = int64_t{4} << 20;  // of the result, and of any text on the way
  int depth = 100;                          // of macro calls
};

// A text, and which bytes of it `generation` blocks wrote. A block inside of a macro or of another
// captured part has no place in the text and is not told.
struct Rendering {
  struct Span {
    size_t begin = 0, end = 0;
  };
  std::string text;
  std::vector<Span> generated;
};

// A Jinja template as transformers renders them: with trim_blocks and lstrip_blocks, loop controls,
// `generation` blocks, `tojson` that escapes nothing, raise_exception and strftime_now, and in a
// sandbox: no Python objects, no changes of lists and dictionaries.
//
// Left out, with an error that names them: imports, includes and inheritance. Letters beyond ASCII
// have no case. [any-thread]
class ChatTemplate {
 public:
  // Error(kInput) `PLACE:LINE: …` for what is no template. `place` names the file.
  ChatTemplate(std::string text, std::string place);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;

  // `variables`: an object, with messages, add_generation_prompt, tools, bos_token and so on.
  // Error(kInput) `PLACE:LINE: …` where the template fails, also by raise_exception, or exceeds a
  // limit.
  std::string render(const Json& variables, const Limits& limits = {}) const;
  Rendering render_marked(const Json& variables, const Limits& limits = {}) const;

 private:
  std::string place_;
  std::unique_ptr<const Block> body_;
};

}  // namespace lmos::chat
