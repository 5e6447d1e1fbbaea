#include "formats/metrics_log.h"

#include <cmath>

#include "scratch.h"

namespace lmos {
namespace {

constexpr std::string_view kThreeSteps =
    "{\"step\":1,\"loss\":3.0}\n{\"step\":2,\"loss\":2.5}\n{\"step\":2,\"evaluate\":2.75}\n"
    "{\"step\":3,\"loss\":2.0}\n";

TEST(MetricsLog, WritesALineAStep) {
  ScratchFolder folder;
  MetricsLog log(folder / "metrics.jsonl", -1);
  log.append(1, {{"loss", 3.0}, {"tokens", 4096}});
  log.append(2, {{"loss", std::nan("")}, {"lr", HUGE_VAL}, {"note", "diverged"}});
  log.sync();
  EXPECT_EQ(file_text(folder / "metrics.jsonl"),
            "{\"step\":1,\"loss\":3.0,\"tokens\":4096}\n"
            "{\"step\":2,\"loss\":null,\"lr\":null,\"note\":\"diverged\"}\n");
}

TEST(MetricsLog, DropsWhatCameAfterTheResumedStep) {
  ScratchFolder folder;
  write_text(folder / "m", kThreeSteps);
  MetricsLog(folder / "m", 2).append(3, {{"loss", 1.9}});
  EXPECT_EQ(file_text(folder / "m"),
            "{\"step\":1,\"loss\":3.0}\n{\"step\":2,\"loss\":2.5}\n{\"step\":2,\"evaluate\":2.75}\n"
            "{\"step\":3,\"loss\":1.9}\n");
}

TEST(MetricsLog, KeepsEverythingUpToALaterStep) {
  ScratchFolder folder;
  write_text(folder / "m", kThreeSteps);
  { MetricsLog log(folder / "m", 100); }
  EXPECT_EQ(file_text(folder / "m"), kThreeSteps);
}

TEST(MetricsLog, IsEmptiedForANewRun) {
  ScratchFolder folder;
  write_text(folder / "m", "not even JSON\nat all\n");
  { MetricsLog log(folder / "m", -1); }
  EXPECT_EQ(file_text(folder / "m"), "");
}

TEST(MetricsLog, DropsALineTornAtAnyByte) {
  ScratchFolder folder;
  size_t whole = kThreeSteps.rfind("{\"step\":3");
  for (size_t bytes = whole; bytes < kThreeSteps.size(); ++bytes) {
    write_text(folder / "m", kThreeSteps.substr(0, bytes));
    { MetricsLog log(folder / "m", 100); }
    EXPECT_EQ(file_text(folder / "m"), kThreeSteps.substr(0, whole));
  }
  write_text(folder / "m", std::string(kThreeSteps) + std::string(50, '\0') + "\n");
  { MetricsLog log(folder / "m", 100); }
  EXPECT_EQ(file_text(folder / "m"), kThreeSteps);
}

TEST(MetricsLog, NamesADamagedLineInTheMiddle) {
  ScratchFolder folder;
  write_text(folder / "m", "{\"step\":1}\n{\"loss\":1}\n{\"step\":3}\n");
  std::string message =
      error_message(ErrorKind::kInput, [&] { MetricsLog log(folder / "m", 100); });
  EXPECT_EQ(message, (folder / "m").string() + ":2: \"step\" is missing");
  expect_contains(file_text(folder / "m"), "\"step\":3");
}

}  // namespace
}  // namespace lmos
