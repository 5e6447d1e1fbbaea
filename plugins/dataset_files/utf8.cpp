#include "dataset_files/utf8.h"

#include <algorithm>

namespace lmos::files {

namespace {

struct Character {
  size_t bytes;  // of the character, or of the broken part
  bool valid;
};

// The one at the beginning of `text`, which is not empty.
Character first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (text.size() < 2 || byte(1) < low || byte(1) > high) return {1, false};
  for (size_t i = 2; i < length; ++i)
    if (i >= text.size() || (byte(i) & 0xC0) != 0x80) return {i, false};
  return {length, true};
}

size_t ascii_prefix(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(),
                                [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return static_cast<size_t>(end - text.begin());
}

}  // namespace

std::optional<size_t> find_invalid_utf8(std::string_view text) {
  for (size_t i = ascii_prefix(text); i < text.size();) {
    const Character character = first_character(text.substr(i));
    if (!character.valid) return i;
    i += character.bytes;
    i += ascii_prefix(text.substr(i));
  }
  return std::nullopt;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string result;
  while (const auto invalid = find_invalid_utf8(text)) {
    result += text.substr(0, *invalid);
    result += "\xEF\xBF\xBD";
    text.remove_prefix(*invalid);
    text.remove_prefix(first_character(text).bytes);
  }
  return result += text;
}

}  // namespace lmos::files
