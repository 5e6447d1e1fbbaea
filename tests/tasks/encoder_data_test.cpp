// How texts become what an encoder learns from.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "data/corpus.h"
#include "data/length_order.h"
#include "data/sentence_pairs.h"
#include "data/token_masking.h"
#include "tasks/sentences.h"

namespace lmos::data {
namespace {

using Texts = std::vector<std::string_view>;

TEST(Sentences, EndAtMarksAndLines) {
  EXPECT_EQ(tasks::sentences("One. Two! \"Three?\" four\n\n five "),
            (Texts{"One.", "Two!", "\"Three?\"", "four", "five"}));
  EXPECT_EQ(tasks::sentences("Version 1.5 stays. v2"), (Texts{"Version 1.5 stays.", "v2"}));
  EXPECT_EQ(tasks::sentences("\u4f60\u597d\u3002\u597d"), (Texts{"\u4f60\u597d\u3002", "\u597d"}));
  EXPECT_EQ(tasks::sentences(" \n \t"), Texts{});
}

constexpr int32_t kBegin = '#';

// Documents a, b, c, each of six sentences of five of its letters.
std::shared_ptr<const TokenStream> letters(const std::filesystem::path& folder) {
  std::vector<std::string> texts;
  for (const char letter : {'a', 'b', 'c'})
    for (int sentence = 0; sentence < 6; ++sentence)
      texts.push_back((sentence == 0 ? "#" : "") + std::string(5, letter));
  return stream_of(folder, texts, false);
}

TEST(SentencePairs, AreOfOneDocumentOrOfTwoHalfTheTime) {
  const TemporaryFolder folder;
  const SentencePairs pairs(letters(folder.path()), kBegin, 20);
  EXPECT_EQ(pairs.size(), 6u) << "runs of four and of two sentences";
  int follows = 0;
  for (uint64_t stream = 0; stream < 600; ++stream) {
    const SentencePair pair = pairs.pair(stream % pairs.size(), 9, stream);
    ASSERT_FALSE(pair.first.empty());
    ASSERT_FALSE(pair.second.empty());
    ASSERT_LE(pair.first.size() + pair.second.size(), 20u);
    EXPECT_EQ(pair.follows, pair.first[0] == pair.second[0]);
    for (const auto* text : {&pair.first, &pair.second})
      EXPECT_EQ(std::count(text->begin(), text->end(), text->front()), std::ssize(*text));
    follows += pair.follows;
  }
  EXPECT_NEAR(follows, 300, 60);
  EXPECT_EQ(pairs.pair(2, 9, 4).second, pairs.pair(2, 9, 4).second) << "a pure function";
}

TEST(Masking, HidesTheShareThatItShould) {
  std::vector<int32_t> places;
  for (int32_t i = 0; i < 100; ++i) places.push_back(i);
  int masked = 0, kept = 0, chosen_all = 0;
  for (uint64_t stream = 0; stream < 200; ++stream) {
    random::Draws draws(1, stream, 0);
    std::vector<int32_t> ids(100, 7);
    const auto chosen = hide_tokens(ids, places, 50, {0.15, nullptr, 3, 1000}, draws);
    ASSERT_EQ(chosen.size(), 15u);
    ASSERT_TRUE(std::ranges::is_sorted(chosen));
    for (const int32_t place : chosen) {
      masked += ids[place] == 3;
      kept += ids[place] == 7;
    }
    chosen_all += static_cast<int>(chosen.size());
    EXPECT_GE(std::count(ids.begin(), ids.end(), 7), 85);
  }
  EXPECT_NEAR(masked / static_cast<double>(chosen_all), 0.8, 0.03);
  EXPECT_NEAR(kept / static_cast<double>(chosen_all), 0.1, 0.03);
}

TEST(Masking, KeepsWordsTogetherAndStaysWithinItsPlaces) {
  std::vector<bool> continues(10);
  continues[5] = true;  // token 5 goes on with a word
  const std::vector<int32_t> original = {1, 4, 5, 5, 4, 4, 5, 2};
  const std::vector<int32_t> places = {1, 2, 3, 4, 5, 6};
  for (uint64_t stream = 0; stream < 100; ++stream) {
    random::Draws draws(1, stream, 0);
    std::vector<int32_t> ids = original;
    const auto chosen = hide_tokens(ids, places, 3, {0.5, &continues, 9, 10}, draws);
    const std::set<int32_t> set(chosen.begin(), chosen.end());
    EXPECT_LE(set.size(), 3u);
    EXPECT_EQ(set.contains(1), set.contains(2));
    EXPECT_EQ(set.contains(2), set.contains(3));
    EXPECT_EQ(set.contains(5), set.contains(6));
    EXPECT_FALSE(set.contains(0) || set.contains(7));
  }
}

TEST(LengthOrder, GivesEachExampleOnceAnEpochInBatchesOfLikeLength) {
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < 320; ++i) lengths.push_back(i * 37 % 64);
  const LengthOrder order(lengths, 4, 3);
  ASSERT_EQ(order.steps(), 80u);
  for (uint64_t epoch = 0; epoch < 2; ++epoch) {
    std::set<uint64_t> seen;
    int64_t spread = 0;
    for (uint64_t step = 0; step < 80; ++step) {
      const auto batch = order.examples(epoch * 80 + step);
      ASSERT_EQ(batch.size(), 4u);
      seen.insert(batch.begin(), batch.end());
      spread += lengths[batch.back()] - lengths[batch.front()];
    }
    EXPECT_EQ(seen.size(), 320u);
    EXPECT_LT(spread / 80, 8) << "random batches of four spread over 38";
  }
  EXPECT_NE(order.examples(0), order.examples(80)) << "epochs differ";
  EXPECT_EQ(order.examples(17), LengthOrder(lengths, 4, 3).examples(17));
}

}  // namespace
}  // namespace lmos::data
