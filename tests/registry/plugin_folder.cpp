#include "registry/plugin_folder.h"

#include <stdlib.h>

#include "runtime/host_services.h"

namespace lmos::registry {

namespace fs = std::filesystem;

PluginFolder::PluginFolder() {
  std::string pattern = (fs::temp_directory_path() / "llmasos-plugins-XXXXXX").native();
  path_ = fs::canonical(mkdtemp(pattern.data()));
}

PluginFolder::~PluginFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path PluginFolder::add(const std::string& name, const std::string& as) {
  const fs::path copy = path_ / ((as.empty() ? name : as) + ".so");
  fs::copy_file(fs::path(TEST_PLUGIN_FOLDER) / ("lib" + name + ".so"), copy);
  return copy;
}

RegistryOptions PluginFolder::options() const {
  return {.folders = {path_}, .default_folders = false, .cache_folder = path_ / "cache"};
}

const lmos_host* test_host() {
  static runtime::HostServices services(1);
  return services.host();
}

}  // namespace lmos::registry
