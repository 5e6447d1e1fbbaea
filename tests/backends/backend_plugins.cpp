#include "backends/backend_plugins.h"

#include <dlfcn.h>

#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "llmasos/plugin.h"

namespace lmos::test {
namespace {

std::string_view view(lmos_string text) { return {text.data, text.size}; }

const std::map<std::string, const lmos_plugin*>& plugins() {
  static const auto found = [] {
    std::map<std::string, const lmos_plugin*> result;
    for (const auto& file : std::filesystem::directory_iterator(LLMASOS_PLUGIN_DIRECTORY)) {
      if (file.path().extension() != ".so") continue;
      void* library = dlopen(file.path().c_str(), RTLD_NOW | RTLD_LOCAL);
      if (!library) throw std::runtime_error(dlerror());
      auto query = reinterpret_cast<lmos_plugin_query_fn>(dlsym(library, LMOS_PLUGIN_SYMBOL));
      if (!query) throw std::runtime_error(file.path().string() + ": no " LMOS_PLUGIN_SYMBOL);
      lmos_host_info info{
          .struct_size = sizeof info, .abi_version = LMOS_ABI_VERSION, .name = {}, .version = {}};
      const lmos_plugin* plugin = query(&info);
      for (uint64_t i = 0; i < plugin->interface_count; ++i) {
        if (view(plugin->interfaces[i]) == LMOS_BACKEND_ID)
          result[std::string(view(plugin->name))] = plugin;
      }
    }
    return result;
  }();
  return found;
}

}  // namespace

std::vector<std::string> backend_names() {
  std::vector<std::string> names;
  for (const auto& [name, plugin] : plugins()) names.push_back(name);
  return names;
}

runtime::HostServices& host_services() {
  static runtime::HostServices services;
  return services;
}

runtime::Device& backend(const std::string& name) {
  static std::map<std::string, std::unique_ptr<runtime::Device>> open;
  auto& device = open[name];
  if (!device) {
    const lmos_plugin* plugin = plugins().at(name);
    const lmos_host* host = host_services().host();
    if (plugin->init(host) != LMOS_OK) throw std::runtime_error(runtime::take_plugin_error());
    std::string_view id = LMOS_BACKEND_ID;
    auto table =
        static_cast<const lmos_backend_interface*>(plugin->get_interface({id.data(), id.size()}));
    device = std::make_unique<runtime::Device>(name, host, table);
  }
  return *device;
}

}  // namespace lmos::test
