#include "backends/backend_plugins.h"

#include <map>
#include <memory>

#include "registry/registry.h"

namespace lmos::test {
namespace {

registry::Registry& plugins() {
  const std::filesystem::path folder = LLMASOS_PLUGIN_DIRECTORY;
  static registry::Registry found({.folders = {folder},
                                   .default_folders = false,
                                   .cache_folder = folder.parent_path() / "probes-of-tests"},
                                  host_services().host());
  return found;
}

}  // namespace

std::vector<std::string> backend_names() { return plugins().names(LMOS_BACKEND_ID); }

runtime::HostServices& host_services() {
  // More threads than small machines have processors: kernels must split their work anyway.
  static runtime::HostServices services(4);
  return services;
}

runtime::Device& backend(const std::string& name) {
  static std::map<std::string, std::unique_ptr<runtime::Device>> open;
  auto& device = open[name];
  if (!device) {
    auto table = plugins().find<lmos_backend_interface>(LMOS_BACKEND_ID, name);
    device = std::make_unique<runtime::Device>(name, host_services().host(), table);
  }
  return *device;
}

}  // namespace lmos::test
