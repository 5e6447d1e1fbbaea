// Unicode normal forms and lower case.
#pragma once

#include <string>

namespace lmos::bpe {

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

// Both take and leave valid UTF-8.
void to_normal_form(std::string& text, NormalForm form);

// Character by character, without regard to language or to the character's place in a word.
void to_lowercase(std::string& text);

}  // namespace lmos::bpe
