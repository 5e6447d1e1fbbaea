#include "tokenizer_core/text/pattern.h"

#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {

Pattern Pattern::characters(CharacterSet set) { return Pattern(set); }

Pattern Pattern::literal(std::string_view text) { return Pattern(std::string(text)); }

Pattern Pattern::regex(std::string_view oniguruma) { return Pattern(Regex(oniguruma)); }

Pattern Pattern::read(const JsonCursor& json) {
  const std::optional<JsonCursor> text = json.find("String");
  const std::optional<JsonCursor> expression = json.find("Regex");
  if (text.has_value() == expression.has_value()) json.fail("expected either 'String' or 'Regex'");
  const JsonCursor& chosen = text ? *text : *expression;
  if (chosen.string().empty()) chosen.fail("an empty pattern is not supported");
  if (text) return literal(text->string());
  try {
    return regex(expression->string());
  } catch (const TokenizerError& error) {
    expression->fail(error.what());
  }
}

std::optional<Match> Pattern::find(std::string_view text, size_t from) const {
  if (const std::string* wanted = literal_text()) {
    const size_t begin = text.find(*wanted, from);
    if (begin == std::string_view::npos) return std::nullopt;
    return Match{begin, begin + wanted->size()};
  }
  return std::get<Regex>(pattern_).find(text, from);
}

size_t Pattern::shortest_match_bytes() const {
  if (const std::string* literal = literal_text()) return literal->size();
  const Regex* regex = std::get_if<Regex>(&pattern_);
  return regex != nullptr ? regex->shortest_match_bytes() : 1;
}

size_t Pattern::after_character(std::string_view text, size_t position) {
  return position < text.size() ? position + character_bytes(text[position]) : position + 1;
}

std::string Pattern::replace(std::string_view text, std::string_view content) const {
  std::string replaced;
  replaced.reserve(text.size());
  size_t copied = 0;
  for_each_match(text, [&](Match match) {
    replaced.append(text.substr(copied, match.begin - copied)).append(content);
    copied = match.end;
  });
  replaced.append(text.substr(copied));
  return replaced;
}

void Pattern::replace(AlignedText& text, std::string_view content) const {
  AlignedText::Rewriter rewriter(text);
  size_t done = 0;
  for_each_match(text.text(), [&](Match match) {
    rewriter.keep(match.begin - done);
    rewriter.drop(match.end - match.begin);
    rewriter.insert(content);
    done = match.end;
  });
  rewriter.finish();
}

}  // namespace lmos::tokenizer
