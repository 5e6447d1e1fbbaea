#include "chat_template/text.h"

#include <cstdio>

namespace lmos::chat {
namespace {

// Bytes of the character that begins the text; an invalid byte is one of its own.
size_t width_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t width = lead < 0x80 ? 1 : lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (width > text.size()) return 1;
  for (size_t i = 1; i < width; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 1;
  return width;
}

uint32_t code_of(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
    case 3:
      return (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    default:
      return (byte(0) & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 |
             (byte(3) & 0x3Fu);
  }
}

bool is_space(std::string_view character) {
  const uint32_t code = code_of(character);
  return (code >= 9 && code <= 13) || (code >= 0x1C && code <= 0x20) || code == 0x85 ||
         code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string hex(const char* prefix, uint32_t value, int digits) {
  char text[16];
  std::snprintf(text, sizeof text, "%s%0*x", prefix, digits, value);
  return text;
}

}  // namespace

int64_t length_of(std::string_view text) {
  int64_t count = 0;
  for (; !text.empty(); text.remove_prefix(width_of(text))) ++count;
  return count;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    all.push_back(text.substr(0, width_of(text)));
    text.remove_prefix(all.back().size());
  }
  return all;
}

std::string_view strip(std::string_view text, const std::string* set, bool left, bool right) {
  const auto all = characters(text);
  const auto goes = [&](std::string_view character) {
    return set == nullptr ? is_space(character) : set->find(character) != std::string::npos;
  };
  size_t first = 0, last = all.size();
  while (left && first < last && goes(all[first])) ++first;
  while (right && last > first && goes(all[last - 1])) --last;
  if (first == last) return {};
  return {all[first].data(),
          static_cast<size_t>(all[last - 1].data() + all[last - 1].size() - all[first].data())};
}

std::vector<std::string> split(std::string_view text, std::string_view separator, int64_t limit) {
  std::vector<std::string> parts;
  for (; limit != 0; --limit) {
    const size_t at = text.find(separator);
    if (at == std::string_view::npos) break;
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

std::vector<std::string> split_words(std::string_view text, int64_t limit) {
  std::vector<std::string> parts;
  for (text = strip(text, nullptr, true, false); !text.empty();
       text = strip(text, nullptr, true, false)) {
    if (limit-- == 0) {
      parts.emplace_back(strip(text, nullptr, false, true));
      break;
    }
    size_t end = 0;
    while (end < text.size() && !is_space(text.substr(end, width_of(text.substr(end)))))
      end += width_of(text.substr(end));
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\n\r\v\f");
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool pair = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (pair ? 2 : 1));
  }
  return lines;
}

std::string replace(std::string_view text, std::string_view from, std::string_view to,
                    int64_t limit) {
  std::string result;
  if (from.empty()) {  // before each character and at the end
    for (const std::string_view character : characters(text)) {
      if (limit-- != 0) result += to;
      result += character;
      if (limit < 0) limit = -1;
    }
    if (limit != 0) result += to;
    return result;
  }
  for (; limit != 0; --limit) {
    const size_t at = text.find(from);
    if (at == std::string_view::npos) break;
    result += text.substr(0, at);
    result += to;
    text.remove_prefix(at + from.size());
  }
  return result += text;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = upper(c);
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

std::string capitalized(std::string_view text) {
  std::string result = lower(text);
  if (!result.empty()) result[0] = upper(result[0]);
  return result;
}

std::string titled(std::string_view text) {
  std::string result(text);
  bool inside = false;
  for (char& c : result) {
    c = inside ? lower(c) : upper(c);
    inside = is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
  }
  return result;
}

std::string quoted(std::string_view text) {
  const bool use_double =
      text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = use_double ? '"' : '\'';
  std::string result(1, quote);
  for (const std::string_view character : characters(text)) {
    const uint32_t code = code_of(character);
    if (character == "\\" || character[0] == quote) {
      result += '\\';
      result += character;
    } else if (code == '\n' || code == '\r' || code == '\t') {
      result += code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      result += hex("\\x", code, 2);
    } else {
      result += character;
    }
  }
  return result + quote;
}

std::string json_quoted(std::string_view text, bool ascii) {
  std::string result = "\"";
  for (const std::string_view character : characters(text)) {
    const uint32_t code = code_of(character);
    if (code == '"' || code == '\\') {
      result += '\\';
      result += character;
    } else if (code < 0x20) {
      constexpr const char* kShort[] = {"\\b", "\\t", "\\n", nullptr, "\\f", "\\r"};
      const char* name = code >= 8 && code <= 13 ? kShort[code - 8] : nullptr;
      result += name != nullptr ? name : hex("\\u", code, 4);
    } else if (ascii && code >= 0x7F) {
      if (code < 0x10000) {
        result += hex("\\u", code, 4);
      } else {
        result += hex("\\u", 0xD800 + ((code - 0x10000) >> 10), 4);
        result += hex("\\u", 0xDC00 + ((code - 0x10000) & 0x3FF), 4);
      }
    } else {
      result += character;
    }
  }
  return result + "\"";
}

}  // namespace lmos::chat
