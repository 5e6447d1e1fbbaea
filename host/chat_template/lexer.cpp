#include "chat_template/lexer.h"

#include <algorithm>

#include "chat_template/failure.h"

namespace lmos::chat {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_space(char c) { return is_blank(c) || c == '\n' || c == '\v' || c == '\f'; }

void append_utf8(std::string& text, uint32_t code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | code >> 6);
    text += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    if (code < 0x10000) {
      text += static_cast<char>(0xE0 | code >> 12);
    } else {
      text += static_cast<char>(0xF0 | code >> 18);
      text += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    }
    text += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Line breaks as one character, and none at the end.
std::string normalized(std::string_view source) {
  std::string text;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      text += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      text += source[i];
    }
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(normalized(source)) {}

  std::vector<TemplateToken> run() {
    while (at_ < source_.size()) text();
    add(TokenKind::kEndOfTemplate, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const { throw Failure(message, line_); }
  bool starts(std::string_view text) const {
    return std::string_view(source_).substr(at_).starts_with(text);
  }
  void skip(size_t count) {
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(at_ + count),
                                         '\n'));
    at_ += count;
  }
  void add(TokenKind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  // Text up to the next tag, and the tag.
  void text() {
    size_t tag = at_;
    while (tag < source_.size() &&
           !(source_[tag] == '{' && tag + 1 < source_.size() &&
             (source_[tag + 1] == '{' || source_[tag + 1] == '%' || source_[tag + 1] == '#')))
      ++tag;
    std::string_view before = std::string_view(source_).substr(at_, tag - at_);
    const bool at_end = tag >= source_.size();
    const char kind = at_end ? ' ' : source_[tag + 1];
    const char sign = tag + 2 < source_.size() ? source_[tag + 2] : ' ';
    add(TokenKind::kText, std::string(trimmed(before, kind, at_end ? ' ' : sign)));
    if (tokens_.back().text.empty()) tokens_.pop_back();
    skip(before.size());
    if (at_end) return;
    switch (kind) {
      case '#':
        return comment();
      case '%':
        return statement();
      default:
        skip(2);
        if (starts("-") || starts("+")) skip(1);
        add(TokenKind::kExpression, "{{");
        inside("}}", false);
    }
  }

  // The text before a tag that begins {KIND SIGN.
  std::string_view trimmed(std::string_view text, char kind, char sign) const {
    if (sign == '-') {
      while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    } else if (sign != '+' && (kind == '%' || kind == '#')) {
      size_t blanks = text.size();
      while (blanks > 0 && is_blank(text[blanks - 1])) --blanks;
      const bool from_line_start = blanks > 0 ? text[blanks - 1] == '\n' : line_start_;
      if (from_line_start) text = text.substr(0, blanks);
    }
    return text;
  }

  // White space after a tag whose end had `sign`.
  void after_tag(char sign, bool block) {
    line_start_ = false;
    if (sign == '-') {
      size_t end = at_;
      while (end < source_.size() && is_space(source_[end])) ++end;
      line_start_ = end > at_ && source_[end - 1] == '\n';
      skip(end - at_);
    } else if (block && sign != '+' && starts("\n")) {
      skip(1);
      line_start_ = true;
    }
  }

  void comment() {
    const size_t end = source_.find("#}", at_ + 2);
    if (end == std::string::npos) fail("a comment {# is not closed");
    const char sign = source_[end - 1];
    skip(end + 2 - at_);
    after_tag(sign, true);
  }

  void statement() {
    skip(2);
    if (starts("-") || starts("+")) skip(1);
    size_t name = at_;
    while (name < source_.size() && is_space(source_[name])) ++name;
    if (std::string_view(source_).substr(name).starts_with("raw") &&
        (name + 3 >= source_.size() || !is_name_part(source_[name + 3])))
      return raw(name + 3);
    add(TokenKind::kStatement, "{%");
    inside("%}", true);
  }

  static bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

  // {% raw %} … {% endraw %}; `after_name` is behind the word.
  void raw(size_t after_name) {
    size_t end = after_name;
    while (end < source_.size() && is_space(source_[end])) ++end;
    char sign = end < source_.size() ? source_[end] : ' ';
    if (sign == '-' || sign == '+') ++end;
    if (source_.compare(end, 2, "%}") != 0) fail("a tag {% raw is not closed");
    skip(end + 2 - at_);
    after_tag(sign, true);
    for (size_t tag = source_.find("{%", at_); tag != std::string::npos;
         tag = source_.find("{%", tag + 2)) {
      size_t word = tag + 2;
      const char opening = word < source_.size() ? source_[word] : ' ';
      if (opening == '-' || opening == '+') ++word;
      while (word < source_.size() && is_space(source_[word])) ++word;
      if (source_.compare(word, 6, "endraw") != 0) continue;
      size_t close = word + 6;
      while (close < source_.size() && is_space(source_[close])) ++close;
      const char closing = close < source_.size() ? source_[close] : ' ';
      if (closing == '-' || closing == '+') ++close;
      if (source_.compare(close, 2, "%}") != 0) continue;
      add(TokenKind::kText,
          std::string(trimmed(std::string_view(source_).substr(at_, tag - at_), '%', opening)));
      skip(close + 2 - at_);
      return after_tag(closing, true);
    }
    fail("{% raw %} without {% endraw %}");
  }

  // The tokens of a tag up to its end.
  void inside(std::string_view close, bool block) {
    int open = 0;  // brackets
    for (;;) {
      while (at_ < source_.size() && is_space(source_[at_])) skip(1);
      if (at_ >= source_.size()) fail("a tag is not closed with " + std::string(close));
      if (open == 0) {
        const bool sign = (starts("-") || starts("+")) && at_ + 1 < source_.size() &&
                          std::string_view(source_).substr(at_ + 1).starts_with(close);
        if (sign || starts(close)) {
          const char how = sign ? source_[at_] : ' ';
          add(TokenKind::kEnd, std::string(close));
          skip(close.size() + (sign ? 1 : 0));
          return after_tag(how, block);
        }
      }
      const char c = source_[at_];
      if (is_name_start(c)) {
        name();
      } else if (is_digit(c)) {
        number();
      } else if (c == '\'' || c == '"') {
        string();
      } else {
        open += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
        punctuation();
      }
    }
  }

  void name() {
    size_t end = at_;
    while (end < source_.size() && is_name_part(source_[end])) ++end;
    add(TokenKind::kName, source_.substr(at_, end - at_));
    skip(end - at_);
  }

  void number() {
    size_t end = at_;
    const auto digits = [&] {
      while (end < source_.size() && (is_digit(source_[end]) || source_[end] == '_')) ++end;
    };
    bool integer = true;
    digits();
    if (end + 1 < source_.size() && source_[end] == '.' && is_digit(source_[end + 1])) {
      integer = false;
      ++end;
      digits();
    }
    if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
      size_t exponent = end + 1;
      if (exponent < source_.size() && (source_[exponent] == '+' || source_[exponent] == '-'))
        ++exponent;
      if (exponent < source_.size() && is_digit(source_[exponent])) {
        integer = false;
        end = exponent;
        digits();
      }
    }
    std::string text = source_.substr(at_, end - at_);
    std::erase(text, '_');
    add(integer ? TokenKind::kInteger : TokenKind::kFloat, std::move(text));
    skip(end - at_);
  }

  void string() {
    const char quote = source_[at_];
    std::string value;
    size_t i = at_ + 1;
    for (;; ++i) {
      if (i >= source_.size()) fail("a text is not closed with its quote");
      if (source_[i] == quote) break;
      if (source_[i] != '\\') {
        value += source_[i];
        continue;
      }
      if (++i >= source_.size()) fail("a text is not closed with its quote");
      escape(value, i);
    }
    add(TokenKind::kString, std::move(value));
    skip(i + 1 - at_);
  }

  // The escape whose letter is at `i`; leaves `i` at its last character.
  void escape(std::string& value, size_t& i) const {
    constexpr std::string_view kLetters = "ntr\\'\"abfv", kMeant = "\n\t\r\\'\"\a\b\f\v";
    const char letter = source_[i];
    if (const size_t known = kLetters.find(letter); known != std::string_view::npos) {
      value += kMeant[known];
    } else if (letter == '\n') {
      // A line that goes on.
    } else if (letter == 'x' || letter == 'u' || letter == 'U') {
      const size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
      uint32_t code = 0;
      for (size_t d = 0; d < digits; ++d) {
        const char c = ++i < source_.size() ? source_[i] : ' ';
        const uint32_t digit = is_digit(c)            ? static_cast<uint32_t>(c - '0')
                               : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                               : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                                      : 16;
        if (digit > 15) fail("an escape in a text needs " + std::to_string(digits) + " digits");
        code = code << 4 | digit;
      }
      if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        fail("an escape in a text is no character");
      append_utf8(value, code);
    } else {
      value += '\\';
      value += letter;
    }
  }

  void punctuation() {
    for (const std::string_view two : {"==", "!=", "<=", ">=", "//", "**"}) {
      if (!starts(two)) continue;
      add(TokenKind::kOperator, std::string(two));
      return skip(2);
    }
    if (std::string_view("+-*/%~|.,:()[]{}<>=").find(source_[at_]) == std::string_view::npos)
      fail("unexpected character " + source_.substr(at_, 1));
    add(TokenKind::kOperator, source_.substr(at_, 1));
    skip(1);
  }

  std::string source_;
  size_t at_ = 0;
  int line_ = 1;
  bool line_start_ = true;  // only blanks may lie between the last line break and at_
  std::vector<TemplateToken> tokens_;
};

}  // namespace

std::vector<TemplateToken> tokenize_template(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace lmos::chat
