// Python's operations on texts, over UTF-8. Positions and lengths count characters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::chat {

int64_t length_of(std::string_view text);
// The characters, each as text.
std::vector<std::string_view> characters(std::string_view text);

// Strips characters of `set` from the ends; null: white space as Python knows it.
std::string_view strip(std::string_view text, const std::string* set, bool left, bool right);
// At each `separator`, `limit` times at most (-1: no limit).
std::vector<std::string> split(std::string_view text, std::string_view separator, int64_t limit);
// At runs of white space, without empty parts.
std::vector<std::string> split_words(std::string_view text, int64_t limit);
std::vector<std::string> split_lines(std::string_view text);
std::string replace(std::string_view text, std::string_view from, std::string_view to,
                    int64_t limit);

// Of ASCII letters.
std::string upper(std::string_view text);
std::string lower(std::string_view text);
std::string capitalized(std::string_view text);
std::string titled(std::string_view text);

// As Python's repr writes a text.
std::string quoted(std::string_view text);
std::string json_quoted(std::string_view text, bool ascii);

}  // namespace lmos::chat
