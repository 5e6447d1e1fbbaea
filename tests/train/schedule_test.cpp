#include "train/schedule.h"

#include <gtest/gtest.h>

namespace lmos::train {
namespace {

ScheduleSection schedule(ScheduleKind kind, int64_t warmup, double min_ratio) {
  ScheduleSection section;
  section.kind = kind;
  section.warmup = warmup;
  section.min_ratio = min_ratio;
  return section;
}

TEST(Schedule, WarmsUpLinearlyAndReachesThePeakAtTheEndOfWarmup) {
  for (ScheduleKind kind :
       {ScheduleKind::kConstant, ScheduleKind::kLinear, ScheduleKind::kCosine}) {
    const ScheduleSection section = schedule(kind, 100, 0.1);
    EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 0, 2000), 1.0 / 101);
    EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 49, 2000), 50.0 / 101);
    EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 99, 2000), 100.0 / 101);
    EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 100, 2000), 1.0);
  }
}

TEST(Schedule, StartsAtThePeakWithoutWarmup) {
  EXPECT_DOUBLE_EQ(learning_rate_ratio(schedule(ScheduleKind::kCosine, 0, 0), 0, 10), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_ratio(schedule(ScheduleKind::kLinear, 0, 0), 0, 10), 1.0);
}

TEST(Schedule, ConstantKeepsThePeak) {
  const ScheduleSection section = schedule(ScheduleKind::kConstant, 5, 1);
  for (int64_t step : {5, 6, 99, 100, 1000})
    EXPECT_DOUBLE_EQ(learning_rate_ratio(section, step, 100), 1.0);
}

TEST(Schedule, LinearFallsByEqualSteps) {
  const ScheduleSection section = schedule(ScheduleKind::kLinear, 20, 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 40, 120), 0.9);
  EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 70, 120), 0.75);
  EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 120, 120), 0.5);
}

// Values of nanoGPT's get_lr with learning_rate 1e-3, min_lr 1e-4, warmup_iters 100, lr_decay_iters
// 2000.
TEST(Schedule, CosineEqualsNanoGpt) {
  const ScheduleSection section = schedule(ScheduleKind::kCosine, 100, 0.1);
  const auto rate = [&](int64_t step) { return 1e-3 * learning_rate_ratio(section, step, 2000); };
  EXPECT_NEAR(rate(575), 8.681980515339463e-4, 1e-15);
  EXPECT_NEAR(rate(1050), 5.5e-4, 1e-15);
  EXPECT_NEAR(rate(1525), 2.318019484660536e-4, 1e-15);
  EXPECT_NEAR(rate(1999), 1.0000061514140841e-4, 1e-15);
}

TEST(Schedule, KeepsTheMinimumPastTheLastStep) {
  for (ScheduleKind kind : {ScheduleKind::kLinear, ScheduleKind::kCosine}) {
    const ScheduleSection section = schedule(kind, 10, 0.25);
    EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 100, 100), 0.25);
    EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 5000, 100), 0.25);
  }
}

TEST(Schedule, WarmupMayOutlastTheRun) {
  const ScheduleSection section = schedule(ScheduleKind::kCosine, 100, 0.1);
  EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 9, 10), 10.0 / 101);
  EXPECT_DOUBLE_EQ(learning_rate_ratio(section, 100, 100), 0.1);
}

}  // namespace
}  // namespace lmos::train
