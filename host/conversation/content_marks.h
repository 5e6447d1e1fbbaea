// Keeps what a client wrote apart from what a template adds, so that no content becomes a special
// token.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conversation/special_texts.h"
#include "formats/json.h"

namespace lmos::conversation {

// Marks texts, before they are rendered, wherever a special text is in them, or may arise at their
// ends; and cuts the rendered text there. A mark is a character that occurs in none of the texts.
class ContentMarks {
 public:
  // `special` outlives it. `variables`: all that the client wrote; Error(kInput) where that holds a
  // special token of one character, which can't be cut, or every character that could be a mark.
  ContentMarks(const SpecialTexts& special, const Json& variables);

  // Of a message.
  std::string marked_content(std::string_view text) const;
  // With marks in every text, those of keys too. What looks like a name has none at its ends:
  // templates compare names with their own.
  Json marked(const Json& value) const;
  // The rendered text in pieces: no special text in any of them comes, even in part, from what the
  // client wrote.
  std::vector<std::string> pieces(std::string_view rendered) const;
  std::string without_marks(std::string_view text) const;

 private:
  void look_at(const Json& value);
  std::string marked_text(std::string_view text) const;
  std::string mark(std::string_view text, bool at_ends) const;

  const SpecialTexts& special_;
  uint32_t taken_ = 0;  // which of the characters that could be marks occur
  std::string mark_;
};

}  // namespace lmos::conversation
