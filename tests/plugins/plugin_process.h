// The host's side of a test that uses the built plugins: the process's services, and a registry of
// the build's plugin folder.
#pragma once

#include <filesystem>

#include "pipeline/config_service.h"
#include "registry/registry.h"
#include "runtime/host_services.h"

namespace lmos::tests {

struct PluginProcess {
  runtime::HostServices services{1};
  registry::Registry registry;

  static PluginProcess& get() {
    static PluginProcess process;
    return process;
  }

 private:
  PluginProcess()
      : registry({.folders = {LLMASOS_PLUGIN_DIRECTORY},
                  .default_folders = false,
                  .cache_folder =
                      std::filesystem::path(LLMASOS_PROGRAM_DIRECTORY) / ".." / "test-cache"},
                 services.host()) {
    services.add(LMOS_HOST_CONFIG_ID, &config_service(services.host()));
  }
};

}  // namespace lmos::tests
