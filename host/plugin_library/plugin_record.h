// What is known of a plugin library without running more of it than its query.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lmos::registry {

enum class PluginState {
  kAvailable,  // may be loaded
  kLoaded,     // in this process
  kRefused,    // `reason` says why
};

struct PluginRecord {
  std::filesystem::path path;
  std::string name;
  std::string version;
  std::string description;
  std::string licence;  // SPDX identifier
  uint32_t abi_min = 0, abi_max = 0;
  std::vector<std::string> interfaces;  // ids
  PluginState state = PluginState::kAvailable;
  std::string reason;
};

}  // namespace lmos::registry
