// Checking UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms, nothing above U+10FFFF).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lmos::files {

// Where the first byte is that no character can be made of.
std::optional<size_t> find_invalid_utf8(std::string_view text);

// The text with each maximal part of a broken character replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace lmos::files
