#include "backends/backend_plugins.h"

#include <algorithm>
#include <cstdio>
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

std::vector<std::string> backend_names() {
  std::vector<std::string> names = plugins().names(LMOS_BACKEND_ID);
  std::erase_if(names, [](const std::string& name) {
    const auto* table = plugins().find<lmos_backend_interface>(LMOS_BACKEND_ID, name);
    if (table->device_count(host_services().host()) > 0) return false;
    std::fprintf(stderr, "no device for backend %s: %s\n", name.c_str(),
                 runtime::take_plugin_error().c_str());
    return true;
  });
  return names;
}

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
    const auto recorders = plugins().names(LMOS_CAPTURE_ID);
    if (std::ranges::find(recorders, name) != recorders.end())
      device->set_capture(plugins().find<lmos_capture_interface>(LMOS_CAPTURE_ID, name));
  }
  return *device;
}

}  // namespace lmos::test
