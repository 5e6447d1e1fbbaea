// The byte-level alphabet of GPT-2: every byte is a printable character, so that BPE merges never
// meet a control character or a space.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

// The character of each byte, as UTF-8 (1 or 2 bytes).
std::string_view byte_character(uint8_t byte);

// Appends the characters of `bytes`.
void append_byte_characters(std::string& text, std::string_view bytes);

// Appends the bytes that the characters of `text` (valid UTF-8) stand for. Where one of them is not
// of the alphabet, appends nothing and returns false.
bool append_bytes_of_characters(std::string& bytes, std::string_view text);

}  // namespace lmos::tokenizer
