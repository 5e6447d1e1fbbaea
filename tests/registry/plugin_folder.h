// A temporary folder of test plugins, and a registry that looks nowhere else.
#pragma once

#include <filesystem>
#include <string>

#include "registry/registry.h"

namespace lmos::registry {

class PluginFolder {
 public:
  PluginFolder();
  ~PluginFolder();
  PluginFolder(const PluginFolder&) = delete;
  PluginFolder& operator=(const PluginFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Copies a library of tests/registry/plugins here, as `NAME.so` or under another name.
  std::filesystem::path add(const std::string& name, const std::string& as = "");
  // Remembers probes inside this folder.
  RegistryOptions options() const;

 private:
  std::filesystem::path path_;
};

// The process's host.
const lmos_host* test_host();

// What a call threw, or "" if it threw nothing.
template <class Call>
std::string error_of(Call&& call) {
  try {
    call();
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace lmos::registry
