#include "tokenizer_core/text/byte_alphabet.h"

#include <array>

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

constexpr char32_t kFirstSubstitute = 0x100;

constexpr bool stands_for_itself(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<char32_t, 256> make_characters() {
  std::array<char32_t, 256> characters{};
  char32_t substitute = kFirstSubstitute;
  for (unsigned byte = 0; byte < 256; ++byte)
    characters[byte] = stands_for_itself(byte) ? static_cast<char32_t>(byte) : substitute++;
  return characters;
}

constexpr std::array<char32_t, 256> kCharacters = make_characters();
constexpr char32_t kEnd = kFirstSubstitute + 68;  // 68 bytes have a substitute

constexpr std::array<int16_t, kEnd> make_bytes() {
  std::array<int16_t, kEnd> bytes{};
  for (int16_t& byte : bytes) byte = -1;
  for (unsigned byte = 0; byte < 256; ++byte) bytes[kCharacters[byte]] = static_cast<int16_t>(byte);
  return bytes;
}

constexpr std::array<int16_t, kEnd> kBytes = make_bytes();

struct ByteText {
  char bytes[2];
  uint8_t size;
};

constexpr std::array<ByteText, 256> make_texts() {
  std::array<ByteText, 256> texts{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char32_t character = kCharacters[byte];
    if (character < 0x80) {
      texts[byte] = {{static_cast<char>(character), 0}, 1};
    } else {
      texts[byte] = {
          {static_cast<char>(0xC0 | character >> 6), static_cast<char>(0x80 | (character & 0x3F))},
          2};
    }
  }
  return texts;
}

constexpr std::array<ByteText, 256> kTexts = make_texts();

}  // namespace

std::string_view byte_character(uint8_t byte) { return {kTexts[byte].bytes, kTexts[byte].size}; }

void append_byte_characters(std::string& text, std::string_view bytes) {
  for (const char byte : bytes) text.append(byte_character(static_cast<uint8_t>(byte)));
}

bool append_bytes_of_characters(std::string& bytes, std::string_view text) {
  const size_t before = bytes.size();
  for (size_t position = 0; position < text.size();) {
    const char32_t character = next_character(text, position);
    if (character >= kEnd || kBytes[character] < 0) {
      bytes.resize(before);
      return false;
    }
    bytes.push_back(static_cast<char>(kBytes[character]));
  }
  return true;
}

}  // namespace lmos::tokenizer
