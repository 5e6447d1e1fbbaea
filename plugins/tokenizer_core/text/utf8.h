// UTF-8: checking, walking, and replacing what is not UTF-8 in a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

// Offset of the first byte that does not belong to valid UTF-8; npos where all do.
size_t find_invalid_utf8(std::string_view text);

// Bytes of the character that `lead` begins. Only for the first byte of a valid character.
inline size_t character_bytes(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

inline size_t encoded_bytes(char32_t character) {
  return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
}

// The character at text[position], which is moved past it. `text` must be valid UTF-8 from there.
char32_t next_character(std::string_view text, size_t& position);

// The last character of `text`, which must be valid UTF-8 and not empty.
char32_t last_character(std::string_view text);

void append_character(std::string& text, char32_t character);

// The Unicode property White_Space.
bool is_white_space(char32_t character);

// Turns any bytes into valid UTF-8: each maximal invalid subsequence becomes one U+FFFD, as in the
// WHATWG decoder and Rust's from_utf8_lossy. Bytes may arrive in any pieces.
class LossyUtf8 {
 public:
  // Appends every character that is complete; keeps back at most 3 bytes.
  void push(std::string_view bytes, std::string& out);
  // Appends U+FFFD for what was kept back.
  void finish(std::string& out);

 private:
  char pending_[4] = {};
  size_t pending_bytes_ = 0;
};

}  // namespace lmos::tokenizer
