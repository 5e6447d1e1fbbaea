#include "registry/registry.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "errors/error.h"
#include "plugins/plugin.h"
#include "registry/loaded_plugins.h"
#include "registry/plugin_folder.h"
#include "registry/plugin_folders.h"

namespace lmos::registry {
namespace {

namespace fs = std::filesystem;

// Sets LLMASOS_PLUGIN_PATH for one test.
class PluginPath {
 public:
  explicit PluginPath(const std::string& value) { setenv("LLMASOS_PLUGIN_PATH", value.c_str(), 1); }
  ~PluginPath() { unsetenv("LLMASOS_PLUGIN_PATH"); }
};

TEST(Registry, ListsWhatAPluginSaysOfItselfWithoutLoadingIt) {
  PluginFolder folder;
  const fs::path path = folder.add("good");
  Registry registry(folder.options(), test_host());
  const auto records = registry.list();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].path, path);
  EXPECT_EQ(records[0].name, "good");
  EXPECT_EQ(records[0].version, "1.2.3");
  EXPECT_EQ(records[0].licence, "Apache-2.0");
  EXPECT_EQ(records[0].interfaces, std::vector<std::string>{COUNTER_ID});
  EXPECT_EQ(records[0].state, PluginState::kAvailable);
  registry.find<counter_interface>(COUNTER_ID, "good");
  EXPECT_EQ(registry.list()[0].state, PluginState::kLoaded);
}

TEST(Registry, StartsAPluginOnceInAProcess) {
  PluginFolder folder;
  folder.add("good");
  Registry first(folder.options(), test_host());
  Registry second(folder.options(), test_host());
  const auto* table = first.find<counter_interface>(COUNTER_ID, "good");
  EXPECT_EQ(first.find<counter_interface>(COUNTER_ID, "good"), table);
  EXPECT_EQ(second.find<counter_interface>(COUNTER_ID, "good"), table);
  EXPECT_EQ(table->starts, 1);
}

TEST(Registry, EndsRunningPlugins) {
  PluginFolder folder;
  folder.add("good");
  Registry registry(folder.options(), test_host());
  const auto* table = registry.find<counter_interface>(COUNTER_ID, "good");
  end_plugins();
  EXPECT_EQ(table->ends, 1);
}

TEST(Registry, SuggestsTheNearestNameAndListsTheOthers) {
  PluginFolder folder;
  folder.add("good");
  folder.add("future_abi");
  Registry registry(folder.options(), test_host());
  const std::string message =
      error_of([&] { registry.find<counter_interface>(COUNTER_ID, "god"); });
  EXPECT_TRUE(contains(message, "no plugin `god` offers " COUNTER_ID "; did you mean `good`?"))
      << message;
  EXPECT_TRUE(contains(message, "these do: good")) << message;
  EXPECT_TRUE(contains(message, folder.path().native())) << message;
  EXPECT_TRUE(contains(message, "it needs ABI 7 to 9")) << message;
}

TEST(Registry, FindsNothingForAnInterfaceThatThePluginLacks) {
  PluginFolder folder;
  folder.add("good");
  Registry registry(folder.options(), test_host());
  const std::string message = error_of([&] { registry.find<void>("lmos.model/1", "good"); });
  EXPECT_TRUE(contains(message, "no plugin `good` offers lmos.model/1\nno plugin offers it"))
      << message;
}

TEST(Registry, CountsAFileThatIsReachedTwiceAsOne) {
  PluginFolder folder;
  const fs::path path = folder.add("good");
  fs::create_symlink(path, folder.path() / "link.so");
  RegistryOptions options = folder.options();
  options.folders.push_back(folder.path() / ".");
  Registry registry(options, test_host());
  EXPECT_EQ(registry.list().size(), 1u);
  EXPECT_NE(registry.find<counter_interface>(COUNTER_ID, "good"), nullptr);
}

TEST(Registry, SearchesTheFoldersOfThePluginPath) {
  PluginFolder folder;
  folder.add("good");
  PluginPath path("::" + folder.path().native() + ":/nonexistent");
  RegistryOptions options = folder.options();
  options.folders.clear();
  options.default_folders = true;
  Registry registry(options, test_host());
  EXPECT_NE(registry.find<counter_interface>(COUNTER_ID, "good"), nullptr);
}

TEST(Registry, RefusesARelativePluginPath) {
  PluginPath path("plugins");
  try {
    default_plugin_folders();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_TRUE(contains(error.what(), "`plugins` is relative"));
  }
}

TEST(Registry, NeverSearchesTheCurrentDirectory) {
  PluginFolder folder;
  folder.add("good");
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  RegistryOptions options = folder.options();
  options.folders.clear();
  options.default_folders = true;
  Registry registry(options, test_host());
  const auto names = registry.names(COUNTER_ID);
  fs::current_path(before);
  EXPECT_TRUE(names.empty());
}

}  // namespace
}  // namespace lmos::registry
