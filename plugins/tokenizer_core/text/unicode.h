// What Unicode says about characters, and its normal forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tokenizer_core/text/aligned_text.h"

namespace lmos::tokenizer {

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

void to_normal_form(AlignedText& text, NormalForm form);

// Appends the lower case of a character, without regard to language or to its place in a word.
void append_lowercase(std::string& text, char32_t character);

// ASCII punctuation and symbols, and the general categories P*.
bool is_punctuation(char32_t character);
// The general categories N*.
bool is_numeric(char32_t character);
// Control and format characters and those for private use.
bool is_other(char32_t character);
// The general category Mn, and all of M*.
bool is_nonspacing_mark(char32_t character);
bool is_combining_mark(char32_t character);

// A number for the character's script. Kana count as Han; spaces and characters that are not
// assigned have none.
inline constexpr int32_t kNoScript = -1;
int32_t script_of(char32_t character);

}  // namespace lmos::tokenizer
