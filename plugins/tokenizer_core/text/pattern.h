// What Replace and Split search for: a plain string, a regular expression or characters of a set.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/text/aligned_text.h"
#include "tokenizer_core/text/new_characters.h"
#include "tokenizer_core/text/regex.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

class Pattern {
 public:
  using CharacterSet = bool (*)(char32_t character);
  // Each character of the set is a match of its own.
  static Pattern characters(CharacterSet set);
  // Not empty.
  static Pattern literal(std::string_view text);
  static Pattern regex(std::string_view oniguruma);
  // {"String": ...} or {"Regex": ...}
  static Pattern read(const JsonCursor& json);

  // Calls visit(Match) for each match in turn. An empty match right after the one before is no
  // match.
  template <typename Visit>
  void for_each_match(std::string_view text, Visit&& visit) const;

  // `text` with each match replaced.
  std::string replace(std::string_view text, std::string_view content) const;
  void replace(AlignedText& text, std::string_view content) const;

  // A lower bound.
  size_t shortest_match_bytes() const;

  // The string, where this is one.
  const std::string* literal_text() const { return std::get_if<std::string>(&pattern_); }

 private:
  explicit Pattern(std::variant<std::string, Regex, CharacterSet> pattern)
      : pattern_(std::move(pattern)) {}
  std::optional<Match> find(std::string_view text, size_t from) const;
  static size_t after_character(std::string_view text, size_t position);

  std::variant<std::string, Regex, CharacterSet> pattern_;
};

template <typename Visit>
void Pattern::for_each_match(std::string_view text, Visit&& visit) const {
  if (const CharacterSet* set = std::get_if<CharacterSet>(&pattern_)) {
    for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
      if ((*set)(next_character(text, end))) visit(Match{begin, end});
    }
    return;
  }
  std::string storage;
  if (std::holds_alternative<Regex>(pattern_)) text = with_stand_ins(text, kUnicode16, storage);
  size_t from = 0;
  size_t last_end = std::string_view::npos;
  while (from <= text.size()) {
    const std::optional<Match> match = find(text, from);
    if (!match) return;
    if (match->begin == match->end && match->end == last_end) {
      from = after_character(text, from);
      continue;
    }
    visit(*match);
    from = last_end = match->end;
  }
}

}  // namespace lmos::tokenizer
