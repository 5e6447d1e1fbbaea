// tiktoken's vocabulary files: a line a token, its bytes in base64, a space and its rank.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::tokenizer {

struct RankedToken {
  std::string bytes;  // not empty
  uint32_t rank;      // its id; of two pairs that could merge, the one of lower rank does
};

// In the file's order. No two have the same bytes or rank; each of the 256 bytes is one. Throws
// TokenizerError, naming the line.
std::vector<RankedToken> read_tiktoken_ranks(std::string_view file);

// Whether the file's first line is one of a tiktoken file.
bool looks_like_tiktoken(std::string_view file);

}  // namespace lmos::tokenizer
