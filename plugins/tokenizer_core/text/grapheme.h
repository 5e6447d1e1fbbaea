// User-perceived characters (Unicode Standard Annex 29).
#pragma once

#include <cstddef>
#include <string_view>

namespace lmos::tokenizer {

// Bytes of the extended grapheme cluster that `text`, valid UTF-8 and not empty, begins with.
size_t grapheme_bytes(std::string_view text);

// Whether the character begins a cluster with nearly any other that follows it.
bool joins_next(char32_t character);

}  // namespace lmos::tokenizer
