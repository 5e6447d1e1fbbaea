#include "tokenizer_core/text/oniguruma.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tokenizer_core/errors.h"
#include "tokenizer_core/text/character_class.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

constexpr unsigned kDeepestClass = 64;

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (position_ < pattern_.size()) {
      if (rest()[0] == '\\') {
        escape();
      } else if (rest()[0] == '[') {
        out_.append(bracketed(0).pattern());
      } else if (starts("(?#")) {
        const size_t end = rest().find(')');
        position_ += end == rest().npos ? rest().size() : end + 1;
      } else if (starts("(?")) {
        group_begin();
      } else if (starts("{,")) {
        replace(2, "{0,");
      } else {
        copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  std::string_view rest() const { return pattern_.substr(position_); }
  bool starts(std::string_view text) const { return rest().starts_with(text); }

  void copy(size_t bytes) {
    out_.append(rest().substr(0, bytes));
    position_ += std::min(bytes, rest().size());
  }

  void replace(size_t bytes, std::string_view text) {
    out_.append(text);
    position_ += bytes;
  }

  [[noreturn]] void fail(std::string_view problem) const {
    throw TokenizerError("the regular expression '" + std::string(pattern_) + "' " +
                         std::string(problem) + " at byte " + std::to_string(position_));
  }

  void escape() {
    if (const std::optional<CharacterClass> set = escaped_set(false))
      return void(out_.append(set->pattern()));
    const std::string word = CharacterClass::word(false).pattern();
    const char letter = rest().size() > 1 ? rest()[1] : '\0';
    switch (letter) {
      case 'b':
        return replace(2,
                       "(?:(?<=" + word + ")(?!" + word + ")|(?<!" + word + ")(?=" + word + "))");
      case 'B':
        return replace(2,
                       "(?:(?<=" + word + ")(?=" + word + ")|(?<!" + word + ")(?!" + word + "))");
      case 'O':
        return replace(2, "\\p{Any}");
      case 'v':
        return replace(2, "\\x{B}");
      case 'u': {
        const std::string code(rest().substr(2, 4));
        return replace(2 + code.size(), "\\x{" + code + "}");
      }
      case 'G':
      case 'y':
      case 'Y':
        fail("uses \\" + std::string(1, letter) + ", which is not supported,");
      default:
        return copy(2);
    }
  }

  // \w, \p{...} and their like; none, and nothing read, where something else follows.
  std::optional<CharacterClass> escaped_set(bool in_brackets) {
    const char letter = rest().size() > 1 ? rest()[1] : '\0';
    const auto take = [&](const CharacterClass& set, bool negated) {
      position_ += 2;
      return negated ? set.complement() : set;
    };
    switch (letter) {
      case 'w':
      case 'W':
        return take(CharacterClass::word(in_brackets), letter == 'W');
      case 'd':
      case 'D':
        return take(CharacterClass::digit(), letter == 'D');
      case 's':
      case 'S':
        return take(CharacterClass::white_space(), letter == 'S');
      case 'h':
      case 'H':
        return take(CharacterClass::hexadecimal(), letter == 'H');
      case 'p':
      case 'P':
        return property(letter == 'P', in_brackets);
      default:
        return std::nullopt;
    }
  }

  CharacterClass property(bool negated, bool in_brackets) {
    const size_t end = rest().find('}');
    if (rest().size() < 3 || rest()[2] != '{' || end == rest().npos)
      fail("has a \\p without a name in braces");
    std::string_view name = rest().substr(3, end - 3);
    if (name.starts_with('^')) {
      negated = !negated;
      name.remove_prefix(1);
    }
    std::optional<CharacterClass> set = CharacterClass::named(name);
    if (!set) fail("has an unknown property");
    if (set->pattern() == CharacterClass::word(true).pattern())
      set = CharacterClass::word(in_brackets);
    position_ += end + 1;
    return negated ? set->complement() : *set;
  }

  // [:name:] within a class.
  std::optional<CharacterClass> posix_class() {
    if (!starts("[:")) return std::nullopt;
    const size_t end = rest().find(":]");
    if (end == rest().npos || rest().substr(0, end).find('[', 1) != std::string_view::npos)
      return std::nullopt;
    std::string_view name = rest().substr(2, end - 2);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    std::optional<CharacterClass> set = CharacterClass::named(name);
    if (!set) fail("has an unknown class of characters");
    if (name == "punct") set->add(*CharacterClass::named("symbol"));
    position_ += end + 2;
    return negated ? set->complement() : *set;
  }

  CharacterClass bracketed(unsigned depth) {
    if (depth > kDeepestClass) fail("has too many character classes within each other");
    ++position_;
    const bool negated = starts("^");
    if (negated) ++position_;
    CharacterClass set;
    std::optional<CharacterClass> all_of;  // the sides of && so far
    const auto side = [&] { return all_of ? all_of->intersection(set) : set; };
    if (starts("]")) set.add(member());
    for (;;) {
      if (rest().empty()) fail("has a character class without end");
      if (starts("]")) break;
      if (starts("&&")) {
        position_ += 2;
        all_of = side();
        set = {};
      } else if (const std::optional<CharacterClass> posix = posix_class()) {
        set.add(*posix);
      } else if (starts("[")) {
        set.add(bracketed(depth + 1));
      } else if (const std::optional<CharacterClass> escaped =
                     starts("\\") ? escaped_set(true) : std::nullopt) {
        set.add(*escaped);
      } else {
        range(set);
      }
    }
    ++position_;
    return negated ? side().complement() : side();
  }

  // A character, or two with '-' between.
  void range(CharacterClass& set) {
    const char32_t first = member();
    const bool goes_on = starts("-") && rest().size() > 1 && rest()[1] != ']' && rest()[1] != '[';
    if (!goes_on) return set.add(first);
    const size_t dash = position_;
    ++position_;
    if (starts("\\") && rest().size() > 1 &&
        std::string_view("wWdDsShHpP").find(rest()[1]) != std::string_view::npos) {
      position_ = dash;
      return set.add(first);
    }
    const char32_t last = member();
    if (last < first) fail("has an empty range of characters");
    set.add_range(first, last);
  }

  // A character of a class, as it is or escaped.
  char32_t member() {
    if (!starts("\\")) return next_character(pattern_, position_);
    position_ += 1;
    if (rest().empty()) fail("ends in a backslash");
    const char letter = rest()[0];
    switch (letter) {
      case 'a':
        return escaped(7);
      case 'b':
        return escaped(8);
      case 't':
        return escaped('\t');
      case 'n':
        return escaped('\n');
      case 'v':
        return escaped(0xB);
      case 'f':
        return escaped('\f');
      case 'r':
        return escaped('\r');
      case 'e':
        return escaped(0x1B);
      case 'c':
        ++position_;
        if (rest().empty()) fail("ends within \\c");
        return escaped(static_cast<uint8_t>(rest()[0]) & 0x1F);
      case 'x':
        ++position_;
        if (starts("{")) {
          ++position_;
          const char32_t code = number(16, 8);
          if (!starts("}")) fail("has \\x{ without end");
          return escaped(code);
        }
        return number(16, 2);
      case 'u':
        ++position_;
        return number(16, 4);
      default:
        if (letter >= '0' && letter <= '7') return number(8, 3);
        return next_character(pattern_, position_);
    }
  }

  char32_t escaped(char32_t character) {
    ++position_;
    return character;
  }

  char32_t number(unsigned base, size_t most_digits) {
    char32_t value = 0;
    for (size_t i = 0; i < most_digits && !rest().empty(); ++i, ++position_) {
      const char digit = rest()[0];
      const unsigned worth =
          digit >= '0' && digit <= '9'   ? static_cast<unsigned>(digit - '0')
          : digit >= 'a' && digit <= 'f' ? static_cast<unsigned>(digit - 'a' + 10)
          : digit >= 'A' && digit <= 'F' ? static_cast<unsigned>(digit - 'A' + 10)
                                         : base;
      if (worth >= base) break;
      value = value * base + worth;
      if (value > 0x10FFFF) fail("has a code that is no character");
    }
    if (value >= 0xD800 && value < 0xE000) fail("has a code that is no character");
    return value;
  }

  // Ruby's (?m) lets the dot match newlines: PCRE2's (?s).
  void group_begin() {
    copy(2);
    size_t end = 0;
    while (end < rest().size() &&
           std::string_view("imx-").find(rest()[end]) != std::string_view::npos)
      ++end;
    if (end == 0 || end == rest().size() || (rest()[end] != ':' && rest()[end] != ')')) return;
    for (; end > 0; --end) {
      if (rest()[0] == 'm') {
        replace(1, "s");
      } else {
        copy(1);
      }
    }
  }

  std::string_view pattern_;
  size_t position_ = 0;
  std::string out_;
};

}  // namespace

std::string to_pcre2(std::string_view oniguruma) { return Translator(oniguruma).run(); }

}  // namespace lmos::tokenizer
