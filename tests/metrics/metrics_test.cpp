// Metrics against scikit-learn 1.7, seqeval 1.2 and the evaluation of SQuAD in transformers 4.40.
#include <gtest/gtest.h>

#include <cmath>

#include "errors/error.h"
#include "metrics/answer_overlap.h"
#include "metrics/confusion_matrix.h"
#include "metrics/entities.h"
#include "metrics/mean.h"

namespace lmos::metrics {
namespace {

struct Case {
  const char* name;
  std::vector<int32_t> truth, predicted;
  int64_t classes;
  double accuracy, f1_macro, matthews;
  std::vector<double> precision, recall, f1;  // by class
};

const Case kCases[] = {
    {"three classes",
     {2, 0, 1, 0, 0, 0, 1, 1, 2, 1, 1, 2, 1, 2, 0, 0, 0, 1, 2, 0},
     {2, 0, 1, 1, 0, 0, 1, 1, 2, 1, 1, 2, 1, 1, 0, 0, 0, 1, 2, 2},
     3,
     0.85,
     0.8440476190476192,
     0.7846385991185367,
     {1, 7.0 / 9, 0.8},
     {0.75, 1, 0.8},
     {6.0 / 7, 0.875, 0.8}},
    {"two classes",
     {1, 1, 1, 0, 0, 1, 0, 1},
     {1, 0, 1, 1, 0, 1, 0, 1},
     2,
     0.75,
     0.7333333333333334,
     0.4666666666666667,
     {2.0 / 3, 0.8},
     {2.0 / 3, 0.8},
     {2.0 / 3, 0.8}},
    {"nothing right", {0, 0, 0}, {1, 1, 1}, 3, 0, 0, 0, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
    {"classes that do not occur",
     {0, 1, 1},
     {0, 1, 0},
     4,
     2.0 / 3,
     2.0 / 3,
     0.5,
     {0.5, 1, 0, 0},
     {1, 0.5, 0, 0},
     {2.0 / 3, 2.0 / 3, 0, 0}},
    {"no prediction", {}, {}, 2, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}},
};

TEST(ConfusionMatrix, ScoresAsScikitLearnDoes) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    ConfusionMatrix matrix(c.classes);
    matrix.add(c.truth, c.predicted);
    EXPECT_EQ(matrix.total(), static_cast<int64_t>(c.truth.size()));
    EXPECT_DOUBLE_EQ(matrix.accuracy(), c.accuracy);
    EXPECT_DOUBLE_EQ(matrix.f1_macro(), c.f1_macro);
    EXPECT_DOUBLE_EQ(matrix.matthews_correlation(), c.matthews);
    for (int64_t label = 0; label < c.classes; ++label) {
      EXPECT_DOUBLE_EQ(matrix.precision(label), c.precision[static_cast<size_t>(label)]);
      EXPECT_DOUBLE_EQ(matrix.recall(label), c.recall[static_cast<size_t>(label)]);
      EXPECT_DOUBLE_EQ(matrix.f1(label), c.f1[static_cast<size_t>(label)]);
    }
  }
}

TEST(ConfusionMatrix, RefusesAClassThatThereIsNot) {
  ConfusionMatrix matrix(2);
  EXPECT_THROW(matrix.add(2, 0), Error);
  EXPECT_THROW(matrix.add(0, -1), Error);
}

TEST(Mean, HasTheStandardErrorOfTheSample) {
  Mean mean;
  EXPECT_EQ(mean.value(), 0);
  mean.add(1);
  EXPECT_EQ(mean.standard_error(), 0);
  for (const double value : {0.0, 1.0, 1.0}) mean.add(value);
  EXPECT_DOUBLE_EQ(mean.value(), 0.75);
  EXPECT_DOUBLE_EQ(mean.standard_error(), 0.5 / 2);  // numpy: std(ddof=1) / sqrt(4)
}

using Words = std::vector<std::string>;

TEST(Entities, AreThoseOfSeqeval) {
  struct {
    Words tags;
    std::set<Entity> expected;
  } const cases[] = {
      {{"B-PER", "I-PER", "O", "B-LOC"}, {{"PER", 0, 2}, {"LOC", 3, 4}}},
      {{"I-PER", "I-LOC", "O", "I-LOC"}, {{"PER", 0, 1}, {"LOC", 1, 2}, {"LOC", 3, 4}}},
      {{"B-PER", "B-PER", "I-PER"}, {{"PER", 0, 1}, {"PER", 1, 3}}},
      {{"S-A", "E-A", "B-A", "E-A", "I-A"}, {{"A", 0, 1}, {"A", 1, 2}, {"A", 2, 4}, {"A", 4, 5}}},
      {{"O", "O"}, {}},
      {{"B-X-Y", "I-X-Y", "I-Z"}, {{"X-Y", 0, 2}, {"Z", 2, 3}}},
      {{"E-A", "S-B", "S-B", "I-B"}, {{"A", 0, 1}, {"B", 1, 2}, {"B", 2, 3}, {"B", 3, 4}}},
      {{}, {}},
  };
  for (const auto& c : cases) EXPECT_EQ(entities(c.tags), c.expected);
}

TEST(Entities, CountWhole) {
  const std::vector<Words> truth = {{"B-PER", "I-PER", "O", "B-LOC", "O"},
                                    {"B-ORG", "I-ORG", "I-ORG", "O"},
                                    {"O", "B-LOC", "B-LOC"}};
  const std::vector<Words> predicted = {
      {"B-PER", "I-PER", "O", "B-ORG", "O"}, {"B-ORG", "I-ORG", "O", "O"}, {"O", "B-LOC", "I-LOC"}};
  EntityScores scores;
  EXPECT_EQ(scores.f1(), 0);
  for (size_t i = 0; i < truth.size(); ++i) scores.add(truth[i], predicted[i]);
  EXPECT_DOUBLE_EQ(scores.precision(), 0.25);
  EXPECT_DOUBLE_EQ(scores.recall(), 0.2);
  EXPECT_DOUBLE_EQ(scores.f1(), 2.0 / 9);
}

TEST(AnswerOverlap, ComparesTheWordsOfSquad) {
  const std::pair<const char*, Words> cases[] = {
      {"The  Cat, an 'Ace' (a-b)!", {"cat", "ace", "ab"}},
      {"the—end of a thing", {"—end", "of", "thing"}},
      {"U.S.A. the_x", {"usa", "thex"}},
      {"ÉCOLE\u00a0normale a", {"école", "normale"}},
      {"an", {}},
      {"Theatre a1 the2 _a_", {"theatre", "a1", "the2"}},
      {"x\u2019s the\tend", {"x\u2019s", "end"}},
      {"“A” Ώ", {"“", "”", "ώ"}},
      {"½ a½ a", {"½", "a½"}},
  };
  for (const auto& [answer, expected] : cases) EXPECT_EQ(answer_words(answer), expected) << answer;
}

TEST(AnswerOverlap, IsThatOfSquad) {
  struct {
    const char *truth, *predicted;
    double exact, f1;
  } const cases[] = {{"the cat sat", "cat sat down", 0, 0.8},
                     {"", "", 1, 1},
                     {"", "x", 0, 0},
                     {"a b b c", "b b b", 0, 2.0 / 3},
                     {"The", "the", 1, 1}};
  for (const auto& c : cases) {
    const Words truths = {"nothing like it", c.truth};
    const AnswerOverlap overlap = answer_overlap(c.predicted, truths);
    EXPECT_EQ(overlap.exact, c.exact) << c.truth;
    EXPECT_DOUBLE_EQ(overlap.f1, c.f1) << c.truth;
  }
  EXPECT_EQ(answer_overlap("", {}).exact, 1) << "no answer is right where there is none";
}

}  // namespace
}  // namespace lmos::metrics
