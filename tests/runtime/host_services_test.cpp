#include "runtime/host_services.h"

#include <gtest/gtest.h>

#include <thread>

#include "errors/error.h"
#include "runtime/status.h"

namespace lmos::runtime {
namespace {

lmos_string text(std::string_view s) { return {s.data(), s.size()}; }

const void* find(const HostServices& services, std::string_view id) {
  return services.host()->get_service(services.host(), text(id));
}

TEST(HostServices, OfferTheThreadPool) {
  HostServices services(3);
  auto table = static_cast<const lmos_host_threads*>(find(services, LMOS_HOST_THREADS_ID));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->thread_count(services.host()), 3u);
  std::vector<int> seen(3, 0);
  table->parallel_for(
      services.host(), 3, 1,
      [](void* context, int64_t begin, int64_t, int32_t thread) {
        (*static_cast<std::vector<int>*>(context))[static_cast<size_t>(begin)] = thread + 1;
      },
      &seen);
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
}

TEST(HostServices, FindsRegisteredServicesById) {
  HostServices services(1);
  static const int table = 0;
  EXPECT_EQ(find(services, "com.example.x/1"), nullptr);
  services.add("com.example.x/1", &table);
  EXPECT_EQ(find(services, "com.example.x/1"), &table);
  EXPECT_THROW(services.add("com.example.x/1", &table), Error);
}

TEST(HostServices, KeepAnErrorTextPerThread) {
  HostServices services(1);
  services.host()->set_error(services.host(), text("mine"));
  std::thread([&] {
    EXPECT_EQ(take_plugin_error(), "");
    services.host()->set_error(services.host(), text("theirs"));
  }).join();
  EXPECT_EQ(take_plugin_error(), "mine");
  EXPECT_EQ(take_plugin_error(), "");
}

TEST(HostServices, PassProgressOnAndCancel) {
  HostServices services(1);
  auto table = static_cast<const lmos_host_progress*>(find(services, LMOS_HOST_PROGRESS_ID));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->report(services.host(), text("reading"), 1, 2), LMOS_OK);
  std::string said;
  services.set_progress([&](std::string_view what, uint64_t done, uint64_t total) {
    said = std::string(what) + " " + std::to_string(done) + "/" + std::to_string(total);
    return false;
  });
  EXPECT_EQ(table->report(services.host(), text("reading"), 1, 2), LMOS_CANCELLED);
  EXPECT_EQ(said, "reading 1/2");
}

TEST(Status, BecomesAnErrorWithThePluginsText) {
  HostServices services(1);
  services.host()->set_error(services.host(), text("the fan is loose"));
  try {
    check(LMOS_FAILED, "starting");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kPlugin);
    EXPECT_STREQ(error.what(), "starting: the fan is loose");
  }
  try {
    check(LMOS_NO_MEMORY, "starting");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
    EXPECT_STREQ(error.what(), "starting: out of memory (status 4)");
  }
  EXPECT_NO_THROW(check(LMOS_OK, "starting"));
}

}  // namespace
}  // namespace lmos::runtime
