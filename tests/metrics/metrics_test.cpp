// Classification metrics against scikit-learn 1.7.
#include <gtest/gtest.h>

#include <cmath>

#include "errors/error.h"
#include "metrics/confusion_matrix.h"
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

}  // namespace
}  // namespace lmos::metrics
