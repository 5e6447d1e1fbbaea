// Small tokenizer files for tests, with one part exchanged.
#pragma once

#include <string>
#include <string_view>

namespace lmos::tokenizer {

// A byte-level tokenizer: the 256 bytes (ids from 0 in the order of their characters), "he", "ll",
// "hell", "hello", and the special token "<|end|>".
std::string byte_level_json();

// `text` with the first occurrence of `old_part`, which must be there, replaced.
std::string with(std::string text, std::string_view old_part, std::string_view new_part);

}  // namespace lmos::tokenizer
