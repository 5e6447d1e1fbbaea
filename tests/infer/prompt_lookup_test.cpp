#include "infer/prompt_lookup.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lmos::infer {
namespace {

std::vector<int32_t> ids_of(std::string_view text) { return {text.begin(), text.end()}; }

// A lookup whose guesses were right until it proposes `length` tokens.
PromptLookup trusted(size_t length) {
  PromptLookup lookup;
  for (size_t proposed = 1; proposed < length; proposed = 2 * proposed + 1)
    lookup.learn(proposed, proposed);
  return lookup;
}

std::string guess(std::string_view text, int64_t most, size_t length = 7) {
  const std::vector<int32_t> ids = trusted(length).propose(ids_of(text), most);
  return {ids.begin(), ids.end()};
}

TEST(PromptLookup, GoesOnAsTheTextDidBefore) {
  EXPECT_EQ(guess("the cat sat. the c", 7), "at sat.");
  EXPECT_EQ(guess("abx abc ab", 3), "c a") << "the latest of equal matches";
  EXPECT_EQ(guess("xabc1 yabc2 xab", 3), "c1 ") << "the longest";
  EXPECT_EQ(guess("abab", 7), "abababa") << "over the end";
  EXPECT_EQ(guess("aaa", 7), "aaaaaaa");
  EXPECT_EQ(guess("abcdefgh", 7), "");
  EXPECT_EQ(guess("abcdefgb", 7), "") << "one token is no match";
  for (const char* text : {"", "a", "aa"}) EXPECT_EQ(guess(text, 7), "") << text;
}

TEST(PromptLookup, FillsABatchWithTheTokenBefore) {
  const std::pair<int64_t, size_t> sizes[] = {{-1, 0},  {0, 0},   {1, 1},    {2, 1},
                                              {3, 3},   {6, 3},   {7, 7},    {14, 7},
                                              {15, 15}, {63, 63}, {1000, 63}};
  for (const auto& [most, size] : sizes)
    EXPECT_EQ(guess("aaaaaaaa", most, 63).size(), size) << most;
}

TEST(PromptLookup, GuessesMoreWhereItIsRight) {
  PromptLookup lookup;
  const std::vector<int32_t> ids = ids_of("aaaaaaaa");
  for (const size_t size : {1, 3, 7, 15, 15}) {
    const size_t proposed = lookup.propose(ids, 15).size();
    EXPECT_EQ(proposed, size);
    lookup.learn(proposed, proposed);
  }
  lookup.learn(15, 5);
  EXPECT_EQ(lookup.propose(ids, 15).size(), 15) << "grew by the success that the batch cut short";
  lookup.learn(15, 5);
  EXPECT_EQ(lookup.propose(ids, 15).size(), 7);
}

TEST(PromptLookup, IsSilentForLongerAndLongerWhereItIsWrong) {
  PromptLookup lookup;
  const std::vector<int32_t> ids = ids_of("aaaaaaaa");
  int guesses = 0;
  for (int i = 0; i < 1000; ++i) {
    const size_t proposed = lookup.propose(ids, 7).size();
    if (proposed == 0) continue;
    ++guesses;
    lookup.learn(proposed, 0);
  }
  EXPECT_GE(guesses, 10);
  EXPECT_LE(guesses, 25);
  while (lookup.propose(ids, 7).empty()) continue;
  lookup.learn(1, 1);
  EXPECT_EQ(lookup.propose(ids, 7).size(), 3) << "and takes part again at once";
}

}  // namespace
}  // namespace lmos::infer
