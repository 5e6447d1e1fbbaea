// Is a text well-formed UTF-8?
#pragma once

#include <string_view>

namespace lmos {

// False for stray, missing and overlong bytes, surrogates and code points above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace lmos
