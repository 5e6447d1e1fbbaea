// What plugin code throws arrives at the host as a status and a message.
#include <gtest/gtest.h>

#include <new>

#include "llmasos/host.hpp"
#include "llmasos/sink.hpp"
#include "runtime/host_services.h"
#include "sdk/sdk_host.h"

namespace lmos::sdk {
namespace {

class Guard : public testing::Test {
 protected:
  void SetUp() override { use_test_host(); }
};

TEST_F(Guard, PassesSuccessAndPlainStatuses) {
  EXPECT_EQ(guarded([] {}), LMOS_OK);
  EXPECT_EQ(guarded([]() -> lmos_status { return LMOS_END; }), LMOS_END);
  EXPECT_EQ(runtime::take_plugin_error(), "");
}

TEST_F(Guard, ReportsEachException) {
  EXPECT_EQ(guarded([] { throw invalid("three legs"); }), LMOS_INVALID);
  EXPECT_EQ(runtime::take_plugin_error(), "three legs");
  EXPECT_EQ(guarded([] { throw unsupported("no task"); }), LMOS_UNSUPPORTED);
  EXPECT_EQ(runtime::take_plugin_error(), "no task");
  EXPECT_EQ(guarded([] { throw std::bad_alloc(); }), LMOS_NO_MEMORY);
  EXPECT_EQ(runtime::take_plugin_error(), "out of memory");
  EXPECT_EQ(guarded([] { throw std::runtime_error("disk"); }), LMOS_FAILED);
  EXPECT_EQ(runtime::take_plugin_error(), "disk");
  EXPECT_EQ(guarded([] { throw 7; }), LMOS_FAILED);
  EXPECT_EQ(runtime::take_plugin_error(), "an exception of unknown type");
}

TEST_F(Guard, LeavesAMessageAloneThatTheHostHasAlready) {
  set_error("the host's own words");
  EXPECT_EQ(guarded([] { check(LMOS_CANCELLED); }), LMOS_CANCELLED);
  EXPECT_EQ(runtime::take_plugin_error(), "the host's own words");
}

TEST_F(Guard, ReturnsTheFallbackOfAnEntryWithoutStatus) {
  EXPECT_EQ(guarded_or<int>(-1, [] { return 5; }), 5);
  EXPECT_EQ(guarded_or<int>(-1, []() -> int { throw failed("lost"); }), -1);
  EXPECT_EQ(runtime::take_plugin_error(), "lost");
}

TEST_F(Guard, PassesOnThatASinkIsFull) {
  const lmos_sink full = {
      nullptr, [](void*, const void*, uint64_t) -> lmos_status { return LMOS_CANCELLED; }};
  EXPECT_EQ(guarded([&] { write(full, "text"); }), LMOS_CANCELLED);
  EXPECT_EQ(guarded([&] { write(full, ""); }), LMOS_OK) << "nothing to write";
}

TEST_F(Guard, RunsParallelWorkOnTheHostsThreads) {
  std::vector<int> visits(1000);
  parallel_for(1000, 10, [&](int64_t begin, int64_t end, int32_t) {
    for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
  });
  EXPECT_EQ(visits, std::vector<int>(1000, 1));
}

}  // namespace
}  // namespace lmos::sdk
