// Finds plugins by interface and name, and starts them when they are first asked for.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "llmasos/host.h"
#include "plugin_library/plugin_record.h"

namespace lmos::registry {

struct RegistryOptions {
  std::vector<std::filesystem::path> folders;  // searched first; relative to the current directory
  bool default_folders = true;                 // see plugin_folders.h
  // llmasos-plugin-probe; empty: the one beside the running program.
  std::filesystem::path probe_program;
  // Where probes are remembered; empty: user_cache_folder().
  std::filesystem::path cache_folder;
  std::chrono::milliseconds probe_limit{5000};  // for one library
  // One that did not answer within the limit is remembered, and not asked again unless this is set.
  bool ask_hung_again = false;
};

// All members [any-thread]. Folders are searched once, by the first call.
class Registry {
 public:
  // `host` lives to the end of the process. Throws Error(kUsage) for a bad LLMASOS_PLUGIN_PATH.
  Registry(const RegistryOptions& options, const lmos_host* host);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Every library in the folders, refused ones with the reason. Loads nothing into this process.
  std::vector<PluginRecord> list();

  // Names of the plugins that offer an interface, sorted.
  std::vector<std::string> names(std::string_view interface);

  // The table of an interface of the plugin; loads and initialises it at its first use. Never null;
  // lives to the end of the process. Throws Error(kPlugin) with the known names if there is none,
  // with both files if there are two, or with what is wrong with the plugin.
  template <class Table>
  const Table* find(std::string_view interface, std::string_view plugin) {
    return static_cast<const Table*>(find_table(interface, plugin));
  }

 private:
  struct State;

  const void* find_table(std::string_view interface, std::string_view plugin);

  std::unique_ptr<State> state_;
};

}  // namespace lmos::registry
