// Characters of UTF-8 text as Python's str has them, which published metrics are defined by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lmos::metrics {

// Code points; U+FFFD for what is no UTF-8.
std::u32string code_points(std::string_view text);
void append_utf8(std::string& text, char32_t character);

// What str.split() and str.strip() take for white space.
bool is_space(char32_t character);

// The parts between white space.
std::vector<std::string> split_words(std::string_view text);

// By Unicode's full mapping, for no language in particular.
std::string small_letters(std::string_view text);

}  // namespace lmos::metrics
