// Byte pair encoding gives what the plain algorithm gives: again and again the pair of lowest rank,
// the leftmost first.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tokenizer/any_kind.h"
#include "tokenizer_core/text/byte_alphabet.h"
#include "tokenizer_core/tokenizer.h"

namespace lmos::tokenizer {
namespace {

using Symbols = std::vector<std::string>;  // bytes
using Rules = std::vector<std::pair<std::string, std::string>>;

Symbols merge_plainly(const Rules& rules, std::string_view text) {
  std::map<std::pair<std::string, std::string>, size_t> ranks;
  for (size_t rank = 0; rank < rules.size(); ++rank) ranks.emplace(rules[rank], rank);
  Symbols symbols;
  for (const char byte : text) symbols.emplace_back(1, byte);
  for (;;) {
    size_t best_rank = rules.size(), best = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto rule = ranks.find({symbols[i], symbols[i + 1]});
      if (rule == ranks.end() || rule->second >= best_rank) continue;
      best_rank = rule->second;
      best = i;
    }
    if (best_rank == rules.size()) return symbols;
    symbols[best] += symbols[best + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

std::string alphabet(std::string_view bytes) {
  std::string text;
  append_byte_characters(text, bytes);
  return text;
}

Tokenizer with_rules(const Rules& rules) {
  boost::json::object vocabulary;
  const auto add = [&](std::string_view bytes) {
    vocabulary.emplace(alphabet(bytes), vocabulary.size());
  };
  for (int byte = 0; byte < 256; ++byte) add(std::string(1, static_cast<char>(byte)));
  boost::json::array merges;
  for (const auto& [left, right] : rules) {
    add(left + right);
    merges.push_back(boost::json::array{alphabet(left), alphabet(right)});
  }
  return open_json(boost::json::serialize(boost::json::object{
      {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}},
      {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}}));
}

// Rules within characters, between them, and across parts of them, in any order of ranks.
TEST(ByteLevelMerges, FollowTheRanksAcrossCharacters) {
  std::mt19937 random(1);
  const char* const characters[] = {"a", "é", "è", "中", "丰", "国", "丮", "😀", "😁"};
  const auto text = [&](size_t count) {
    std::string text;
    for (; count > 0; --count) text += characters[random() % std::size(characters)];
    return text;
  };
  for (int round = 0; round < 24; ++round) {
    Rules rules;
    const std::string corpus = text(40);
    for (int i = 0; i < 40; ++i) {
      // What some rules make of a place in the text; rounds differ in how ragged they are.
      const Symbols symbols = merge_plainly(rules, corpus);
      const size_t at = random() % (symbols.size() - 1);
      const auto rule = std::pair(symbols[at], symbols[at + 1]);
      if (round % 3 != 0 && i < 20 && (symbols[at + 1][0] & 0xC0) != 0x80) continue;
      if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
    }
    if (round % 2 != 0) std::shuffle(rules.begin(), rules.end(), random);
    const Tokenizer tokenizer = with_rules(rules);
    for (int i = 0; i < 25; ++i) {
      const std::string word = text(1 + random() % 25);
      std::string expected, shown;
      for (const std::string& symbol : merge_plainly(rules, word))
        expected += alphabet(symbol) + "|";
      for (const TokenId id : tokenizer.encode(word, false))
        shown += std::string(tokenizer.id_to_token(id)) + "|";
      ASSERT_EQ(shown, expected) << "round " << round << ": " << word;
    }
  }
}

}  // namespace
}  // namespace lmos::tokenizer
