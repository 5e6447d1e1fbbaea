#include "tokenizer_bpe/text/oniguruma.h"

#include "tokenizer_bpe/errors.h"

namespace lmos::bpe {
namespace {

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (position_ < pattern_.size()) {
      if (pattern_[position_] == '\\') {
        escape();
      } else if (class_begin_ != kOutside) {
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
  static constexpr size_t kOutside = std::string_view::npos;

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
        return replace(2, class_begin_ != kOutside ? "0-9A-Fa-f" : "[0-9A-Fa-f]");
      case 'H':
        if (class_begin_ != kOutside) unsupported("\\H in a character class");
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

  void class_begin() {
    copy(1);
    if (rest().substr(0, 1) == "^") copy(1);
    class_begin_ = position_;
  }

  void class_element() {
    if (rest()[0] == ']' && position_ != class_begin_) {
      class_begin_ = kOutside;
    } else if (rest().substr(0, 2) == "&&") {
      unsupported("an intersection of character classes");
    } else if (rest().substr(0, 2) == "[:") {
      const size_t end = rest().find(":]");
      if (end != std::string_view::npos) return copy(end + 2);
    } else if (rest()[0] == '[') {
      unsupported("a nested character class");
    }
    copy(1);
  }

  // Ruby's (?m) lets the dot match newlines: PCRE2's (?s).
  void group_begin() {
    copy(2);
    size_t end = 0;
    while (end < rest().size() && std::string_view("imx-").find(rest()[end]) != kOutside) ++end;
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
  size_t class_begin_ = kOutside;  // first byte inside the class that position_ is in
  std::string out_;
};

}  // namespace

std::string to_pcre2(std::string_view oniguruma) { return Translator(oniguruma).run(); }

}  // namespace lmos::bpe
