// Well-formed UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lmos {

// False for stray, missing and overlong bytes, surrogates and code points above U+10FFFF.
bool is_utf8(std::string_view text);

// Each byte that belongs to no character becomes U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

// Characters (code points) of well-formed UTF-8.
size_t count_characters(std::string_view text);

}  // namespace lmos
