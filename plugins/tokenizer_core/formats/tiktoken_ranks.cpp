#include "tokenizer_core/formats/tiktoken_ranks.h"

#include <charconv>
#include <unordered_set>

#include "llmasos/base64.hpp"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/formats/lines.h"

namespace lmos::tokenizer {
namespace {

// Empty where the line is right, and then `token` is filled.
std::string read_line(std::string_view line, RankedToken& token) {
  const size_t space = line.find(' ');
  if (space == line.npos) return "expected a token in base64, a space and its rank";
  std::optional<std::string> bytes = sdk::decode_base64(line.substr(0, space));
  if (!bytes || bytes->empty()) return "the token is not base64, or empty";
  const char* const end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data() + space + 1, end, token.rank);
  if (error != std::errc() || stop != end || token.rank > INT32_MAX)
    return "the rank is not a number below 2147483648";
  token.bytes = std::move(*bytes);
  return "";
}

}  // namespace

std::vector<RankedToken> read_tiktoken_ranks(std::string_view file) {
  std::vector<RankedToken> tokens;
  std::unordered_set<std::string> texts;
  std::unordered_set<uint32_t> ranks;
  Lines lines(file);
  while (const std::optional<std::string_view> line = lines.next()) {
    if (line->empty()) continue;
    RankedToken token;
    std::string problem = read_line(*line, token);
    if (problem.empty() && !texts.insert(token.bytes).second)
      problem = "the token was given before";
    if (problem.empty() && !ranks.insert(token.rank).second)
      problem = "the rank " + std::to_string(token.rank) + " was given before";
    if (!problem.empty())
      throw TokenizerError("line " + std::to_string(lines.number()) + ": " + problem);
    tokens.push_back(std::move(token));
  }
  for (int byte = 0; byte < 256; ++byte) {
    if (!texts.contains(std::string(1, static_cast<char>(byte))))
      throw TokenizerError("the byte " + std::to_string(byte) + " is no token of the file");
  }
  return tokens;
}

bool looks_like_tiktoken(std::string_view file) {
  RankedToken token;
  const std::optional<std::string_view> line = Lines(file).next();
  return line && read_line(*line, token).empty();
}

}  // namespace lmos::tokenizer
