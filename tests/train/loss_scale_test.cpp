// The loss scale of training in float16, and a step that it skips.
#include "train/loss_scale.h"

#include <gtest/gtest.h>

namespace lmos::train {
namespace {

TEST(LossScale, DoublesAfterAnIntervalAndHalvesAfterAnOverflow) {
  LossScaleSection options;
  options.interval = 3;
  LossScale scale{.scale = options.initial};
  for (int step = 0; step < 2; ++step) EXPECT_TRUE(scale.update(options, true));
  EXPECT_EQ(scale.scale, 65536);
  EXPECT_TRUE(scale.update(options, true));
  EXPECT_EQ(scale.scale, 131072);
  EXPECT_EQ(scale.good_steps, 0);
  scale.update(options, true);
  scale.update(options, true);
  EXPECT_TRUE(scale.update(options, false));
  EXPECT_EQ(scale.scale, 65536);
  EXPECT_EQ(scale.skipped, 1);
  // The interval counts steps in a row.
  scale.update(options, true);
  scale.update(options, true);
  EXPECT_EQ(scale.scale, 65536);
  scale.update(options, true);
  EXPECT_EQ(scale.scale, 131072);
  EXPECT_EQ(scale.skipped, 1);
}

TEST(LossScale, SaysWhenItIsBelowItsMinimum) {
  LossScaleSection options;
  options.minimum = 1;
  LossScale scale{.scale = 4};
  EXPECT_TRUE(scale.update(options, false));
  EXPECT_TRUE(scale.update(options, false));
  EXPECT_EQ(scale.scale, 1);
  EXPECT_FALSE(scale.update(options, false));
  EXPECT_EQ(scale.skipped, 3);
}

}  // namespace
}  // namespace lmos::train
