#include "pipeline/nearest_name.h"

#include <gtest/gtest.h>

namespace lmos {
namespace {

TEST(NearestName, FindsTypingMistakes) {
  const std::vector<std::string> names = {"steps", "batch", "accumulate", "weight_decay"};
  EXPECT_EQ(nearest_name("stesp", names), "steps");
  EXPECT_EQ(nearest_name("step", names), "steps");
  EXPECT_EQ(nearest_name("Batch", names), "batch");
  EXPECT_EQ(nearest_name("accumulation", names), "accumulate");
  EXPECT_EQ(nearest_name("weight-decay", names), "weight_decay");
}

TEST(NearestName, GivesNoneWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("zebra", {"steps", "batch"}), std::nullopt);
  EXPECT_EQ(nearest_name("", {"a"}), std::nullopt);
  EXPECT_EQ(nearest_name("x", {"a"}), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'a'), {"aaaa"}), std::nullopt);
}

TEST(NearestName, PrefersTheEarlierOfEquallyNear) {
  EXPECT_EQ(nearest_name("top_x", {"top_k", "top_p"}), "top_k");
}

}  // namespace
}  // namespace lmos
