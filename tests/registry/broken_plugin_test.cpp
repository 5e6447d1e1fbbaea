// What is wrong with a plugin is a message, and the plugins beside it still work.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "llmasos/dataset.h"
#include "plugin_library/plugin_record.h"
#include "plugins/plugin.h"
#include "registry/plugin_folder.h"

namespace lmos::registry {
namespace {

namespace fs = std::filesystem;

struct Fault {
  const char* plugin;
  const char* message;
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.plugin; }

// The reason that `list` gives for a file, or "" if it refuses it not.
std::string reason_of(Registry& registry, const fs::path& path) {
  for (const PluginRecord& record : registry.list())
    if (record.path == path) return record.reason;
  return "not listed";
}

class RefusedLibrary : public testing::TestWithParam<Fault> {};

TEST_P(RefusedLibrary, IsListedWithItsReasonAndTheGoodOneWorks) {
  PluginFolder folder;
  const fs::path bad = folder.add(GetParam().plugin, "a_bad_one");
  folder.add("good");
  Registry registry(folder.options(), test_host());
  const std::string reason = reason_of(registry, bad);
  EXPECT_TRUE(contains(reason, GetParam().message)) << reason;
  EXPECT_NE(registry.find<counter_interface>(COUNTER_ID, "good"), nullptr);
  EXPECT_EQ(registry.names(COUNTER_ID), std::vector<std::string>{"good"});
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedLibrary,
    testing::Values(Fault{"wrong_symbol", "it does not export lmos_plugin_query_v1"},
                    Fault{"future_abi", "it needs ABI 7 to 9, and this host offers ABI 1 to 1"},
                    Fault{"crash_in_constructor", "it crashed with SIGSEGV while it was loaded"},
                    Fault{"abort_in_query", "it crashed with SIGABRT while it was queried"},
                    Fault{"exit_in_constructor", "it called exit(3) while it was loaded"},
                    Fault{"null_query", "its query returned no table"},
                    Fault{"small_plugin", "its lmos_plugin has 64 bytes; ABI 1 has 120"},
                    Fault{"bad_name", "its name `Bad Name!` must be made of"},
                    Fault{"no_init", "its mandatory function `init` is missing"}),
    [](const auto& info) { return std::string(info.param.plugin); });

class RefusedAtFirstUse : public testing::TestWithParam<Fault> {};

TEST_P(RefusedAtFirstUse, NamesThePluginItsFileAndTheFault) {
  PluginFolder folder;
  const fs::path bad = folder.add(GetParam().plugin);
  folder.add("good");
  Registry registry(folder.options(), test_host());
  const auto use = [&] {
    registry.find<lmos_dataset_interface>(LMOS_DATASET_ID, GetParam().plugin);
  };
  const std::string message = error_of(use);
  EXPECT_TRUE(contains(message, GetParam().message)) << message;
  EXPECT_TRUE(contains(message, bad.native())) << message;
  EXPECT_EQ(error_of(use), message) << "the second use says the same";
  EXPECT_NE(registry.find<counter_interface>(COUNTER_ID, "good"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedAtFirstUse,
    testing::Values(Fault{"throw_in_init",
                          "its init threw an exception, which no plugin may: the moon is full"},
                    Fault{"fail_in_init", "the device is switched off"},
                    Fault{"missing_function", "lacks the mandatory function `open`"},
                    Fault{"small_table", "has 24 bytes; version 1 has 72"},
                    Fault{"absent_table", "is absent although it names the interface"}),
    [](const auto& info) { return std::string(info.param.plugin); });

TEST(BrokenPlugin, ThatHangsIsGivenUpAfterTheTimeLimit) {
  PluginFolder folder;
  const fs::path bad = folder.add("hang_in_constructor");
  RegistryOptions options = folder.options();
  options.probe_limit = std::chrono::milliseconds(200);
  Registry registry(options, test_host());
  const std::string reason = reason_of(registry, bad);
  EXPECT_TRUE(contains(reason, "it did not answer within 200 ms while it was loaded")) << reason;
}

TEST(BrokenPlugin, ThatIsTextIsNoSharedLibrary) {
  PluginFolder folder;
  const fs::path bad = folder.path() / "text.so";
  std::ofstream(bad) << std::string(4096, 'x');
  Registry registry(folder.options(), test_host());
  const std::string reason = reason_of(registry, bad);
  EXPECT_TRUE(contains(reason, "it can't be loaded") && contains(reason, "ELF")) << reason;
}

TEST(BrokenPlugin, ThatIsTruncatedIsRefusedAtAnyLength) {
  PluginFolder folder;
  const fs::path whole = folder.add("good");
  const auto bytes = fs::file_size(whole);
  for (int part = 0; part < 8; ++part) {
    const fs::path bad = folder.path() / ("cut" + std::to_string(part) + ".so");
    fs::copy_file(whole, bad);
    fs::resize_file(bad, bytes * part / 16);
  }
  Registry registry(folder.options(), test_host());
  for (const PluginRecord& record : registry.list())
    EXPECT_EQ(record.state == PluginState::kRefused, record.path != whole)
        << record.path << ": " << record.reason;
  EXPECT_NE(registry.find<counter_interface>(COUNTER_ID, "good"), nullptr);
}

TEST(BrokenPlugin, ThatIsADanglingLinkIsNoReadableFile) {
  PluginFolder folder;
  const fs::path bad = folder.path() / "link.so";
  fs::create_symlink(folder.path() / "nowhere", bad);
  Registry registry(folder.options(), test_host());
  EXPECT_EQ(reason_of(registry, bad), "it is not a file that this user may read");
}

TEST(BrokenPlugin, ThatIsUnreadableIsNoReadableFile) {
  if (geteuid() == 0) GTEST_SKIP() << "the superuser may read everything";
  PluginFolder folder;
  const fs::path bad = folder.add("good");
  fs::permissions(bad, fs::perms::none);
  Registry registry(folder.options(), test_host());
  EXPECT_EQ(reason_of(registry, bad), "it is not a file that this user may read");
}

TEST(BrokenPlugin, ThatRepeatsANameIsRefusedWithBothFiles) {
  PluginFolder folder;
  const fs::path first = folder.add("good", "one");
  const fs::path second = folder.add("good", "two");
  Registry registry(folder.options(), test_host());
  const std::string message =
      error_of([&] { registry.find<counter_interface>(COUNTER_ID, "good"); });
  EXPECT_TRUE(contains(message, first.native()) && contains(message, second.native())) << message;
}

}  // namespace
}  // namespace lmos::registry
