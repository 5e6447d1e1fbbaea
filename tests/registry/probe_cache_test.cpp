// Probes are remembered as long as the file is the same. A registry without a probe program shows
// what is remembered.
#include <gtest/gtest.h>

#include <fstream>

#include "plugins/plugin.h"
#include "registry/plugin_folder.h"

namespace lmos::registry {
namespace {

namespace fs = std::filesystem;

std::vector<PluginRecord> list(const RegistryOptions& options) {
  return Registry(options, test_host()).list();
}

RegistryOptions without_probes(RegistryOptions options) {
  options.probe_program = "/nonexistent/probe";
  return options;
}

TEST(ProbeCache, AnswersForKnownFilesWithoutAProbe) {
  PluginFolder folder;
  folder.add("good");
  folder.add("future_abi");
  const auto probed = list(folder.options());
  const auto remembered = list(without_probes(folder.options()));
  ASSERT_EQ(remembered.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(remembered[i].path, probed[i].path);
    EXPECT_EQ(remembered[i].name, probed[i].name);
    EXPECT_EQ(remembered[i].version, probed[i].version);
    EXPECT_EQ(remembered[i].description, probed[i].description);
    EXPECT_EQ(remembered[i].licence, probed[i].licence);
    EXPECT_EQ(remembered[i].abi_min, probed[i].abi_min);
    EXPECT_EQ(remembered[i].abi_max, probed[i].abi_max);
    EXPECT_EQ(remembered[i].interfaces, probed[i].interfaces);
    EXPECT_EQ(remembered[i].state, probed[i].state);
    EXPECT_EQ(remembered[i].reason, probed[i].reason);
  }
}

TEST(ProbeCache, ForgetsAFileThatWasReplaced) {
  PluginFolder folder;
  const fs::path path = folder.add("future_abi", "plugin");
  list(folder.options());
  fs::remove(path);
  folder.add("good", "plugin");
  const auto records = list(without_probes(folder.options()));
  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(contains(records[0].reason, "it can't be probed: starting /nonexistent/probe"))
      << records[0].reason;
  EXPECT_EQ(list(folder.options())[0].name, "good");
}

TEST(ProbeCache, ForgetsAFileThatWasTouched) {
  PluginFolder folder;
  const fs::path path = folder.add("good");
  list(folder.options());
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
  EXPECT_EQ(list(without_probes(folder.options()))[0].state, PluginState::kRefused);
}

TEST(ProbeCache, DoesNotRememberWhatMayPass) {
  PluginFolder folder;
  folder.add("crash_in_constructor");
  EXPECT_TRUE(contains(list(folder.options())[0].reason, "SIGSEGV"));
  EXPECT_TRUE(contains(list(without_probes(folder.options()))[0].reason, "can't be probed"));
}

TEST(ProbeCache, RemembersWhatHangsUntilItIsAskedAgainOrReplaced) {
  PluginFolder folder;
  const fs::path path = folder.add("hang_in_constructor");
  RegistryOptions options = folder.options();
  options.probe_limit = std::chrono::milliseconds(200);
  const std::string reason = list(options)[0].reason;
  EXPECT_TRUE(contains(reason, "it did not answer within 200 ms")) << reason;
  EXPECT_EQ(list(without_probes(options))[0].reason, reason);

  RegistryOptions again = options;
  again.ask_hung_again = true;
  EXPECT_TRUE(contains(list(without_probes(again))[0].reason, "can't be probed"));
  fs::remove(path);
  folder.add("good", "hang_in_constructor");
  EXPECT_EQ(list(options)[0].name, "good");
}

TEST(ProbeCache, IgnoresADamagedFile) {
  PluginFolder folder;
  folder.add("good");
  list(folder.options());
  const fs::path file = folder.path() / "cache" / "plugins";
  ASSERT_TRUE(fs::exists(file));
  const auto bytes = fs::file_size(file);
  for (const auto size : {bytes - 1, bytes / 2, uintmax_t{3}, uintmax_t{0}}) {
    fs::resize_file(file, size);
    const auto records = list(folder.options());
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].name, "good");
  }
}

TEST(ProbeCache, WorksWithoutAFolderToWriteTo) {
  PluginFolder folder;
  folder.add("good");
  RegistryOptions options = folder.options();
  std::ofstream(folder.path() / "file") << "no folder";
  options.cache_folder = folder.path() / "file" / "cache";
  EXPECT_EQ(list(options)[0].name, "good");
}

}  // namespace
}  // namespace lmos::registry
