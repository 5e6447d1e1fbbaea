// Prometheus' text format as it is read.
#include "client/metrics_text.h"

#include <gtest/gtest.h>

namespace lmos::client {
namespace {

TEST(Metrics, AreReadWithTheirLabels) {
  const auto samples = parse_metrics(
      "# HELP a What.\n# TYPE a gauge\na 1.5\nb{model=\"x\"} 2e3\n"
      "c{model=\"a \\\"b\\\\\\n\",le=\"+Inf\"} -4\n");
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].name, "a");
  EXPECT_EQ(samples[0].value, 1.5);
  EXPECT_EQ(samples[1].labels.at("model"), "x");
  EXPECT_EQ(samples[1].value, 2000);
  EXPECT_EQ(samples[2].labels.at("model"), "a \"b\\\n");
  EXPECT_EQ(samples[2].labels.at("le"), "+Inf");
}

TEST(Metrics, LinesThatAreNoneAreLeftOut) {
  for (const char* text : {"", "\n\n", "a", "a b", "a{x=\"1} 2", "a{x} 2", "a{x=\"1\" 2", "a 1x",
                           "<html>", "a{x=\"1\\"})
    EXPECT_TRUE(parse_metrics(text).empty()) << text;
  EXPECT_EQ(parse_metrics("bad{\nb 1").size(), 1u);
}

}  // namespace
}  // namespace lmos::client
