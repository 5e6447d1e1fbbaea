#include "tokenizer_core/text/oniguruma.h"

#include "tokenizer_core/errors.h"

namespace lmos::tokenizer {
namespace {

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (position_ < pattern_.size()) {
      if (pattern_[position_] == '\\') {
        escape();
      } else if (in_class()) {
        class_element();
      } else if (pattern_[position_] == '[') {
        class_begin();
      } else if (rest().substr(0, 2) == "(?") {
        group_begin();
      } else {
        copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  std::string_view rest() const { return pattern_.substr(position_); }

  void copy(size_t bytes) {
    out_.append(rest().substr(0, bytes));
    position_ += bytes;
  }

  void replace(size_t bytes, std::string_view text) {
    out_.append(text);
    position_ += bytes;
  }

  [[noreturn]] void unsupported(std::string_view what) const {
    throw TokenizerError("the regular expression '" + std::string(pattern_) + "' uses " +
                         std::string(what) + " at byte " + std::to_string(position_) +
                         ", which is not supported; write the set out");
  }

  // \s differs in U+180E, \h is a hexadecimal digit, \uHHHH is a character.
  void escape() {
    const char letter = rest().size() > 1 ? rest()[1] : '\0';
    switch (letter) {
      case 's':
        return replace(2, "\\p{White_Space}");
      case 'S':
        return replace(2, "\\P{White_Space}");
      case 'h':
        return replace(2, in_class() ? "0-9A-Fa-f" : "[0-9A-Fa-f]");
      case 'H':
        if (in_class()) unsupported("\\H in a character class");
        return replace(2, "[^0-9A-Fa-f]");
      case 'u':
        if (rest().size() >= 6) {
          out_.append("\\x{").append(rest().substr(2, 4)).append("}");
          position_ += 6;
          return;
        }
        return copy(2);
      default:
        return copy(2);
    }
  }

  bool in_class() const { return class_depth_ > 0; }

  void class_begin() {
    copy(1);
    if (rest().substr(0, 1) == "^") copy(1);
    if (rest().substr(0, 1) == "]") copy(1);  // the character, there
    class_depth_ = 1;
  }

  // A class within a class adds its characters, so that its brackets may go.
  void class_element() {
    if (rest().substr(0, 2) == "&&") unsupported("an intersection of character classes");
    if (rest().substr(0, 2) == "[:") {
      const size_t end = rest().find(":]");
      if (end != std::string_view::npos) return copy(end + 2);
    }
    if (rest()[0] == '[') {
      if (rest().substr(0, 2) == "[^") unsupported("a negated character class within a class");
      ++class_depth_;
      return replace(1, "");
    }
    if (rest()[0] == ']' && --class_depth_ > 0) return replace(1, "");
    copy(1);
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
  unsigned class_depth_ = 0;  // of the character class that position_ is in
  std::string out_;
};

}  // namespace

std::string to_pcre2(std::string_view oniguruma) { return Translator(oniguruma).run(); }

}  // namespace lmos::tokenizer
