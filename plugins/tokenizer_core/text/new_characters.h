// Characters that came with Unicode 15 to 17: later than the tables of the libraries here may be,
// and known to the programs that files of tokenizers come from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

inline constexpr uint8_t kUnicode16 = 16, kUnicode17 = 17;

// A character of Unicode 14 with the same general category and as many bytes in UTF-8, of the same
// script where that is Han; the character itself where it is not new, or newer than `newest` (a
// version's major number).
char32_t stand_in(char32_t character, uint8_t newest);

// `text` (valid UTF-8), or, where it holds characters as new as that, a copy in `storage` with
// their stand-ins, byte for byte as long.
std::string_view with_stand_ins(std::string_view text, uint8_t newest, std::string& storage);

}  // namespace lmos::tokenizer
