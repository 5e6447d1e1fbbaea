// The merges of a vocabulary that gives no list of them: any two symbols merge that together spell
// a token, and the token's score says which do first. So do SentencePiece's BPE and tiktoken.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

namespace lmos::sdk {

// A token that merging may give.
struct ScoredToken {
  uint32_t id;
  std::string_view text;  // valid UTF-8
  double score;
};

struct ScoredMerge {
  uint32_t left, right, merged;
  double score;
};

// A token has about as many splits as bytes, each as long to look up: longer tokens, which no
// training makes, would take long.
inline constexpr size_t kScoredTokenLimitBytes = 1024;

// By falling score; those of one score as Hugging Face's converters list them. `symbol(text)` is
// the std::optional<uint32_t> id of a symbol: a character, or what merging may give.
template <class Symbol>
std::vector<ScoredMerge> scored_merges(const std::vector<ScoredToken>& tokens, Symbol&& symbol) {
  struct Candidate {
    ScoredMerge merge;
    size_t left_bytes, right_bytes;
  };
  std::vector<Candidate> candidates;
  for (const ScoredToken& token : tokens) {
    for (size_t split = 1; split < token.text.size(); ++split) {
      if ((static_cast<uint8_t>(token.text[split]) & 0xC0) == 0x80) continue;
      const std::optional<uint32_t> left = symbol(token.text.substr(0, split));
      const std::optional<uint32_t> right = left ? symbol(token.text.substr(split)) : std::nullopt;
      if (!right) continue;
      candidates.push_back(
          {{*left, *right, token.id, token.score}, split, token.text.size() - split});
    }
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(-a.merge.score, b.left_bytes, b.right_bytes, a.merge.merged) <
           std::tuple(-b.merge.score, a.left_bytes, a.right_bytes, b.merge.merged);
  });
  std::vector<ScoredMerge> merges;
  merges.reserve(candidates.size());
  for (const Candidate& candidate : candidates) merges.push_back(candidate.merge);
  return merges;
}

}  // namespace lmos::sdk
