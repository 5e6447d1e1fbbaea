// Characters of several bytes that byte-level merges put together before anything else: there
// encoding may begin with the whole character, a third of the symbols.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer_bpe/model/merge.h"
#include "tokenizer_core/model/merge_rule.h"
#include "tokenizer_core/model/vocabulary.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

// Immutable after construction; any thread. For models of the byte-level alphabet without subword
// prefix and word suffix, where a symbol's text is that of the bytes it was merged from.
//
// A rule is ragged if it joins at the boundary of two characters and has a part of a character at
// its outer begin or end. Where no ragged rule joins the bytes around a boundary, no symbol crosses
// it before the characters on both sides are whole. If besides every rule that joins a whole
// character to another has a higher rank than those that make it, its own merges change nothing for
// the rest of the word and may come first.
class CharacterSeeds {
 public:
  // `bytes`: the symbol of each byte, kNoToken where the vocabulary lacks it.
  CharacterSeeds(const Vocabulary& vocabulary, const std::vector<MergeRule>& rules,
                 const MergeTable& merges, const std::array<TokenId, 256>& bytes);

  // The symbol of the character that word[begin] is the first byte of, `word` being valid UTF-8;
  // kNoToken where its bytes must be merged one by one.
  TokenId find(std::string_view word, size_t begin) const {
    const auto lead = static_cast<uint8_t>(word[begin]);
    if (lead < 0xC0 || lead >= 0xF0) return kNoToken;
    const size_t end = begin + character_bytes(word[begin]);
    if (begin > 0 && ragged_[boundary(word[begin - 1], word[begin])]) return kNoToken;
    if (end < word.size() && ragged_[boundary(word[end - 1], word[end])]) return kNoToken;
    size_t position = begin;
    return seeds_[next_character(word, position)];
  }

 private:
  static constexpr size_t kCharacters = 0x10000;

  static size_t boundary(char left, char right) {
    return static_cast<size_t>(static_cast<uint8_t>(left)) << 8 | static_cast<uint8_t>(right);
  }

  std::bitset<0x10000> ragged_;  // by the bytes around a boundary
  std::vector<TokenId> seeds_;   // by character
};

}  // namespace lmos::tokenizer
