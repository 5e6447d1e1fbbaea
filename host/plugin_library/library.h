// A shared library in this process.
#pragma once

#include <filesystem>

#include "llmasos/plugin.h"

namespace lmos::registry {

// Loads the library for good: plugins crash when they are unloaded (statics, thread-locals), so
// nothing here unloads. Returns its query. Throws Error(kPlugin) with the loader's reason.
lmos_plugin_query_fn load_library(const std::filesystem::path& path);

}  // namespace lmos::registry
