// Metrics of written text against sacrebleu 2.6.0 and rouge_score 0.1.2.
// tests/interop/text_metrics.py compares them on thousands of pairs.
#include <gtest/gtest.h>

#include "metrics/bleu.h"
#include "metrics/chrf.h"
#include "metrics/rouge.h"

namespace lmos::metrics {
namespace {

using Words = std::vector<std::string>;

struct Pair {
  const char* prediction;
  Words references;
};

const std::vector<Pair> kWestern = {
    {"The cat sat on the mat.", {"The cat is on the mat.", "There is a cat on the mat."}},
    {"It's 3.5% of $1,000, isn't it?", {"It is 3.5% of $1,000, isn't it?"}},
    {"", {"Nothing was said."}},
    {"Der Hund läuft schnell durch den Wald – und bellt.",
     {"Der Hund rennt schnell durch den Wald und bellt laut."}}};
const std::vector<Pair> kChinese = {
    {"我喜欢在公园里散步，天气很好。", {"我喜欢在公园散步，今天天气很好。"}},
    {"他买了3.5公斤苹果", {"他昨天买了3.5公斤的苹果。"}}};

double bleu(const std::vector<Pair>& pairs, BleuTokenizer tokenizer = BleuTokenizer::k13a) {
  Bleu bleu(tokenizer);
  for (const Pair& pair : pairs) bleu.add(pair.prediction, pair.references);
  return bleu.score();
}

double chrf(const std::vector<Pair>& pairs) {
  Chrf chrf;
  for (const Pair& pair : pairs) chrf.add(pair.prediction, pair.references);
  return chrf.score();
}

TEST(Bleu, SplitsWordsAs13a) {
  const std::pair<const char*, Words> cases[] = {
      {"A.B, 1.5 ,.. 3-4 x-y $5 it's",
       {"A", ".", "B", ",", "1.5", ",", ".", ".", "3", "-", "4", "x-y", "$", "5", "it's"}},
      {"&amp;lt;b&gt; <skipped>end-\nless\nline", {"<", "b", ">", "endless", "line"}},
      {"z.B. 1,000.", {"z", ".", "B", ".", "1,000", "."}},
      {"..", {".", "."}},
      {"é.é\u00a0ü", {"é", ".", "é", "ü"}},
      {"1.", {"1", "."}},
      {"5-", {"5", "-"}},
      {"-a \n\u3000", {"-a"}},
      {"", {}}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(bleu_words(text, BleuTokenizer::k13a), expected) << text;
}

// 𠀀 and 𠀁 would be two words if sacrebleu's ranges said what they mean.
TEST(Bleu, SplitsChineseCharactersAsZh) {
  const std::pair<const char*, Words> cases[] = {
      {"我有3.5个“苹果”。", {"我", "有", "3.5", "个", "“", "苹", "果", "”", "。"}},
      {"a→b 𠀀𠀁", {"a", "→", "b", "𠀀𠀁"}},
      {" \u3000x，y ", {"x", "，", "y"}}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(bleu_words(text, BleuTokenizer::kZh), expected) << text;
}

TEST(Bleu, IsThatOfSacrebleu) {
  EXPECT_NEAR(bleu(kWestern), 49.50676429908031, 1e-9);
  EXPECT_NEAR(bleu(kChinese, BleuTokenizer::kZh), 51.94683474340646, 1e-9);
  EXPECT_EQ(bleu(kChinese), 0) << "sentences without spaces have no four words";
}

TEST(Bleu, SmoothsOrdersWithoutAMatch) {
  EXPECT_NEAR(bleu({{"a b c d e", {"a x c y e z w"}}}), 9.423716574733431, 1e-9);
}

TEST(Bleu, IsZeroWithoutFourWords) {
  EXPECT_EQ(bleu({{"a b c", {"a b c"}}}), 0);
  EXPECT_EQ(bleu({{"", {""}}}), 0);
  EXPECT_EQ(bleu({}), 0);
}

TEST(Chrf, IsThatOfSacrebleu) {
  EXPECT_NEAR(chrf(kWestern), 65.56927015106356, 1e-9);
  EXPECT_NEAR(chrf(kChinese), 47.492106517607155, 1e-9);
  EXPECT_NEAR(chrf({{"ab", {"a b"}}}), 100, 1e-9) << "white space and missing orders don't count";
  EXPECT_EQ(chrf({{"", {""}}}), 0);
  EXPECT_EQ(chrf({}), 0);
}

TEST(Rouge, IsThatOfRougeScore) {
  struct {
    Pair pair;
    double rouge1, rouge2, rougeL;
  } const cases[] = {
      {kWestern[0], 0.8333333333333334, 0.6, 0.8333333333333334},
      {kWestern[1], 0.9, 0.7777777777777778, 0.9},
      {kWestern[2], 0, 0, 0},
      {kWestern[3], 0.8, 0.6666666666666666, 0.8},
      {{"The quick brown fox jumps", {"jumps the brown fox", "a quick brown fox jumps over"}},
       0.888888888888889,
       0.6666666666666665,
       0.7272727272727272},
      {{"K 1\u212a2", {"k 1k2"}}, 1, 1, 1},  // the sign of the kelvin has k as its small letter
      {{"猫", {"猫"}}, 0, 0, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.pair.prediction);
    const Rouge scores = rouge(c.pair.prediction, c.pair.references);
    EXPECT_NEAR(scores.rouge1, c.rouge1, 1e-12);
    EXPECT_NEAR(scores.rouge2, c.rouge2, 1e-12);
    EXPECT_NEAR(scores.rougeL, c.rougeL, 1e-12);
  }
}

TEST(Rouge, SplitsWordsAtWhateverIsNoLatinLetterOrDigit) {
  EXPECT_EQ(rouge_words("Größe: 3,5 Kg_x"), (Words{"gr", "e", "3", "5", "kg", "x"}));
}

}  // namespace
}  // namespace lmos::metrics
