#include "programs/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace lmos {
namespace {

// A progress that draws into a string, on a clock that the test moves.
struct Stage {
  double now = 100;
  int columns = 80;
  std::string output;

  ProgressOptions options(bool interactive, int64_t total) {
    ProgressOptions options;
    options.label = "train";
    options.unit = "step";
    options.total = total;
    options.interactive = interactive;
    options.width = [this] { return columns; };
    options.now = [this] { return now; };
    options.write = [this](std::string_view text) { output += text; };
    return options;
  }

  // What was written since the last call.
  std::string take() { return std::exchange(output, ""); }
};

TEST(ProgressBar, ShowsShareRateTimeLeftAndFields) {
  Stage stage;
  stage.columns = 90;
  Progress progress(stage.options(true, 200));
  stage.now += 2;
  progress.update(50, {{"loss", "3.21"}, {"tokens/s", "1,234"}});
  EXPECT_EQ(stage.take(),
            "\rtrain  25% [====>           ]  50/200  25.0 steps/s  0:06 left  loss 3.21  tokens/s "
            "1,234\x1b[K");
}

TEST(ProgressBar, IsRedrawnAtMostTenTimesASecond) {
  Stage stage;
  Progress progress(stage.options(true, 1000));
  int drawings = 0;
  for (int i = 1; i <= 1000; ++i) {
    stage.now += 0.001;
    progress.update(i);
    if (!stage.take().empty()) ++drawings;
  }
  EXPECT_GE(drawings, 9);
  EXPECT_LE(drawings, 11);
}

TEST(ProgressBar, EndsFullAndOnALineOfItsOwn) {
  Stage stage;
  Progress progress(stage.options(true, 10));
  progress.update(1);
  progress.update(10);
  stage.take();
  progress.finish();
  EXPECT_EQ(stage.take(), "\rtrain 100% [==============================]  10/10\x1b[K\n");
  progress.finish();
  progress.update(11);
  EXPECT_EQ(stage.take(), "");
}

TEST(ProgressBar, LeavesTheLineWhenAnErrorEndsTheWork) {
  Stage stage;
  {
    Progress progress(stage.options(true, 10));
    progress.update(1);
    stage.take();
  }
  EXPECT_EQ(stage.take(), "\n");
}

TEST(ProgressBar, FitsIntoTheTerminal) {
  Stage stage;
  Progress progress(stage.options(true, 1000));
  for (int columns = 1; columns < 140; ++columns) {
    stage.columns = columns;
    stage.now += 1;
    progress.update(columns, {{"loss", "3.21"}, {"perplexity", "24.8"}, {"grad_norm", "0.123"}});
    std::string line = stage.take();
    ASSERT_TRUE(line.starts_with("\r") && line.ends_with("\x1b[K"));
    line = line.substr(1, line.size() - 4);
    EXPECT_LT(line.size(), static_cast<size_t>(std::max(20, columns))) << line;
    EXPECT_TRUE(line.starts_with("train  ")) << line;
  }
}

TEST(ProgressBar, KeepsMessagesAboveIt) {
  Stage stage;
  Progress progress(stage.options(true, 10));
  progress.message("starting");
  EXPECT_EQ(stage.take(), "starting\n");
  progress.update(5);
  const std::string bar = stage.take();
  progress.message("checkpoint saved");
  EXPECT_EQ(stage.take(), "\r\x1b[Kcheckpoint saved\n" + bar);
}

TEST(ProgressBar, IsColouredOnlyWhenAsked) {
  Stage stage;
  ProgressOptions options = stage.options(true, 2);
  options.colour = true;
  Progress coloured(options);
  coloured.update(1);
  EXPECT_NE(stage.take().find("\x1b[32m===============>\x1b[0m"), std::string::npos);
  Progress plain(stage.options(true, 2));
  plain.update(1);
  EXPECT_EQ(stage.take().find("\x1b[32m"), std::string::npos);
}

TEST(ProgressLines, ComeAfterTimeOrCount) {
  Stage stage;
  ProgressOptions options = stage.options(false, 100);
  options.plain_seconds = 10;
  options.plain_count = 20;
  Progress progress(options);
  stage.now += 1;
  progress.update(1, {{"loss", "9"}});
  EXPECT_EQ(stage.take(), "train 1%  1/100  1.00 steps/s  1:39 left  loss 9\n");
  stage.now += 1;
  progress.update(2);
  EXPECT_EQ(stage.take(), "");
  stage.now += 9;
  progress.update(11);
  EXPECT_EQ(stage.take(), "train 11%  11/100  1.00 steps/s  1:29 left\n");
  progress.update(31);
  EXPECT_NE(stage.take(), "");
  progress.finish();
  EXPECT_EQ(stage.take(), "");
}

TEST(ProgressLines, ShowTheLastState) {
  Stage stage;
  Progress progress(stage.options(false, 3));
  progress.update(1);
  progress.update(3);
  stage.take();
  progress.finish();
  EXPECT_EQ(stage.take(), "train 100%  3/3\n");
}

TEST(ProgressLines, WithoutATotalCountOnly) {
  Stage stage;
  Progress progress(stage.options(false, 0));
  stage.now += 4;
  progress.update(1'000'000);
  EXPECT_EQ(stage.take(), "train  1,000,000 steps  250,000 steps/s\n");
}

TEST(ProgressRate, OfAResumedRunLeavesOutWhatWasDoneBefore) {
  Stage stage;
  ProgressOptions options = stage.options(false, 2000);
  options.start = 1000;
  Progress progress(options);
  stage.now += 10;
  progress.update(1100);
  EXPECT_EQ(stage.take(), "train 55%  1,100/2,000  10.0 steps/s  1:30 left\n");
}

TEST(ProgressRate, FollowsTheRecentPast) {
  Stage stage;
  ProgressOptions options = stage.options(false, 1'000'000);
  options.plain_seconds = 0;
  Progress progress(options);
  int64_t done = 0;
  for (int i = 0; i < 100; ++i) {
    stage.now += 1;
    progress.update(done += 100);
  }
  for (int i = 0; i < 100; ++i) {
    stage.now += 1;
    progress.update(done += 10);
  }
  stage.take();
  stage.now += 1;
  progress.update(done += 10);
  EXPECT_NE(stage.take().find("  10.0 steps/s  "), std::string::npos);
}

TEST(Formats, AreShort) {
  EXPECT_EQ(format_duration(0), "0:00");
  EXPECT_EQ(format_duration(59.6), "1:00");
  EXPECT_EQ(format_duration(3723), "1:02:03");
  EXPECT_EQ(format_duration(90061), "1d 01:01");
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(-1234567), "-1,234,567");
  EXPECT_EQ(format_rate(0.0123), "0.012");
  EXPECT_EQ(format_rate(4.564), "4.56");
  EXPECT_EQ(format_rate(78.94), "78.9");
  EXPECT_EQ(format_rate(123.4), "123");
  EXPECT_EQ(format_rate(12345.6), "12,346");
}

}  // namespace
}  // namespace lmos
