// What Replace and Split search for: a plain string or a regular expression.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tokenizer_core/json/cursor.h"
#include "tokenizer_core/text/aligned_text.h"
#include "tokenizer_core/text/regex.h"

namespace lmos::tokenizer {

class Pattern {
 public:
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
  explicit Pattern(std::variant<std::string, Regex> pattern) : pattern_(std::move(pattern)) {}
  std::optional<Match> find(std::string_view text, size_t from) const;
  static size_t after_character(std::string_view text, size_t position);

  std::variant<std::string, Regex> pattern_;
};

template <typename Visit>
void Pattern::for_each_match(std::string_view text, Visit&& visit) const {
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
