#include "tokenizer_bpe/model/character_seeds.h"

#include <algorithm>
#include <string>

#include "tokenizer_core/text/byte_alphabet.h"

namespace lmos::tokenizer {
namespace {

bool is_continuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

size_t last_lead(std::string_view bytes) {
  size_t lead = bytes.size() - 1;
  while (lead > 0 && is_continuation(bytes[lead])) --lead;
  return lead;
}

bool ends_within_character(std::string_view bytes) {
  const size_t lead = last_lead(bytes);
  return bytes.size() - lead < character_bytes(bytes[lead]);
}

// What becomes of the bytes of one character; `rank` is the highest of the merges that it takes.
Merge merge_alone(const MergeTable& merges, std::array<TokenId, 3> symbols, size_t count) {
  Merge whole{.rank = 0, .merged = symbols[0]};
  while (count > 1) {
    const Merge left = merges.find(symbols[0], symbols[1]);
    const Merge right = count > 2 ? merges.find(symbols[1], symbols[2]) : Merge{};
    const Merge& first = right.rank < left.rank ? right : left;
    if (first.rank == kNoRank) return {};
    if (&first == &left) {
      symbols = {left.merged, symbols[2], kNoToken};
    } else {
      symbols[1] = right.merged;
    }
    --count;
    whole = {std::max(whole.rank, first.rank), symbols[0]};
  }
  return whole;
}

}  // namespace

CharacterSeeds::CharacterSeeds(const Vocabulary& vocabulary, const std::vector<MergeRule>& rules,
                               const MergeTable& merges, const std::array<TokenId, 256>& bytes)
    : seeds_(kCharacters, kNoToken) {
  std::vector<uint32_t> ranks(kCharacters, 0);
  std::string spelled;
  for (char32_t character = 0x80; character < kCharacters; ++character) {
    spelled.clear();
    append_character(spelled, character);
    std::array<TokenId, 3> symbols = {kNoToken, kNoToken, kNoToken};
    for (size_t i = 0; i < spelled.size(); ++i)
      symbols[i] = bytes[static_cast<uint8_t>(spelled[i])];
    if (std::find(symbols.begin(), symbols.begin() + spelled.size(), kNoToken) <
        symbols.begin() + spelled.size())
      continue;
    const Merge whole = merge_alone(merges, symbols, spelled.size());
    if (whole.rank == kNoRank) continue;
    seeds_[character] = whole.merged;
    ranks[character] = whole.rank;
  }

  const auto joins = [&](std::string_view text, size_t lead, uint32_t rank) {
    const size_t size = character_bytes(text[lead]);
    if (size == 1 || size == 4 || lead + size > text.size()) return;
    const char32_t character = next_character(text, lead);
    if (character < kCharacters && rank <= ranks[character]) seeds_[character] = kNoToken;
  };
  std::string left, right;
  for (const MergeRule& rule : rules) {
    left.clear();
    right.clear();
    // A text that is not of the alphabet is none that bytes are merged to.
    if (!append_bytes_of_characters(left, vocabulary.token(rule.left)) ||
        !append_bytes_of_characters(right, vocabulary.token(rule.right)) || left.empty() ||
        right.empty() || is_continuation(right.front())) {
      continue;
    }
    if (is_continuation(left.front()) || ends_within_character(right)) {
      ragged_.set(boundary(left.back(), right.front()));
    } else {
      joins(left, last_lead(left), rule.rank);
      joins(right, 0, rule.rank);
    }
  }
}

}  // namespace lmos::tokenizer
