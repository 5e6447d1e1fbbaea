#include "data/data_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "errors/error.h"

namespace lmos::data {
namespace {

std::vector<uint64_t> rows(const DataOrder& order, uint64_t first_step, uint64_t steps) {
  std::vector<uint64_t> all;
  for (uint64_t step = first_step; step < first_step + steps; ++step)
    for (int64_t row = 0; row < order.options().batch; ++row)
      all.push_back(order.first_token(step, row).value());
  return all;
}

TEST(DataOrder, EpochsShowEverySequenceOnceAndShuffleAnew) {
  // 103 sequences of 8 tokens, 5 of them left over; 103 steps of 4 rows are 4 epochs.
  const DataOrder order(103 * 8 + 6, {.seed = 3, .sequence = 8, .batch = 4});
  ASSERT_EQ(order.sequences(), 103u);
  const std::vector<uint64_t> all = rows(order, 0, 103);
  std::set<std::vector<uint64_t>> epochs;
  for (size_t epoch = 0; epoch < 4; ++epoch) {
    std::vector<uint64_t> seen(all.begin() + epoch * 103, all.begin() + (epoch + 1) * 103);
    epochs.insert(seen);
    EXPECT_FALSE(std::is_sorted(seen.begin(), seen.end()));
    std::sort(seen.begin(), seen.end());
    for (size_t i = 0; i < seen.size(); ++i) ASSERT_EQ(seen[i], i * 8);
  }
  EXPECT_EQ(epochs.size(), 4u);
}

TEST(DataOrder, DependsOnSeedAndStepOnly) {
  for (Sampling sampling : {Sampling::kEpochs, Sampling::kRandomWindows}) {
    DataOrderOptions options = {.sampling = sampling, .seed = 5, .sequence = 16, .batch = 8};
    const DataOrder one(100000, options);
    const auto middle = rows(one, 40, 10);
    rows(one, 0, 7);
    const DataOrder restarted(100000, options);
    EXPECT_EQ(rows(restarted, 40, 10), middle);
    options.seed = 6;
    EXPECT_NE(rows(DataOrder(100000, options), 40, 10), middle);
    EXPECT_NE(rows(one, 50, 10), middle);
  }
}

TEST(DataOrder, RandomWindowsCoverTheStreamEvenly) {
  // nanoGPT draws from [0, tokens - sequence).
  const DataOrder order(
      50, {.sampling = Sampling::kRandomWindows, .seed = 1, .sequence = 10, .batch = 100});
  std::vector<int> hits(40, 0);
  for (uint64_t begin : rows(order, 0, 400)) ++hits.at(begin);
  for (int count : hits) EXPECT_NEAR(count, 1000, 5 * 32);
}

TEST(DataOrder, InOrderPassesOnce) {
  const DataOrder order(47, {.sampling = Sampling::kInOrder, .sequence = 10, .batch = 3});
  ASSERT_EQ(order.sequences(), 4u);
  EXPECT_EQ(rows(order, 0, 1), (std::vector<uint64_t>{0, 10, 20}));
  EXPECT_EQ(order.first_token(1, 0), 30u);
  EXPECT_EQ(order.first_token(1, 1), std::nullopt);
  EXPECT_EQ(order.first_token(9, 0), std::nullopt);
}

TEST(DataOrder, TheLastSequenceHasItsLabels) {
  EXPECT_EQ(DataOrder(40, {.sequence = 10, .batch = 1}).sequences(), 3u);
  EXPECT_EQ(DataOrder(41, {.sequence = 10, .batch = 1}).sequences(), 4u);
}

TEST(DataOrder, ACorpusShorterThanASequenceIsAnError) {
  EXPECT_EQ(DataOrder(11, {.sequence = 10, .batch = 1}).first_token(0, 0), 0u);
  for (uint64_t tokens : {0, 1, 10}) {
    try {
      const DataOrder order(tokens, {.sequence = 10, .batch = 1});
      FAIL() << tokens;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_NE(std::string(error.what()).find("11"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace lmos::data
