#include "metrics/characters.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace lmos::metrics {

std::u32string code_points(std::string_view text) {
  std::u32string result;
  for (size_t i = 0; i < text.size();) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(text.data(), i, text.size(), c);
    result += static_cast<char32_t>(c);
  }
  return result;
}

void append_utf8(std::string& text, char32_t character) {
  char bytes[U8_MAX_LENGTH];
  size_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(character));
  text.append(bytes, length);
}

bool is_space(char32_t character) {
  return u_isUWhiteSpace(static_cast<UChar32>(character)) ||
         (character >= 0x1c && character <= 0x1f);
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char32_t c : code_points(text)) {
    const bool space = is_space(c);
    if (!space && !inside) words.emplace_back();
    if (!space) append_utf8(words.back(), c);
    inside = !space;
  }
  return words;
}

std::string small_letters(std::string_view text) {
  std::string result;
  icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())))
      .toLower(icu::Locale::getRoot())
      .toUTF8String(result);
  return result;
}

}  // namespace lmos::metrics
