// The plugins that run in this process. There is one table, whatever the number of registries,
// since a library is initialised once.
#pragma once

#include <filesystem>

#include "llmasos/plugin.h"
#include "plugin_library/plugin_record.h"

namespace lmos::registry {

// Loads and initialises the plugin of a probed file, or returns the one that runs already. `host`
// lives to the end of the process. Throws Error(kPlugin). [any-thread]
const lmos_plugin& run_plugin(const PluginRecord& record, const lmos_host* host);

// [any-thread]
bool is_running(const std::filesystem::path& path);

// Calls every running plugin's deinit, the last one first. Once, at the end of main; no plugin may
// be called after it.
void end_plugins();

}  // namespace lmos::registry
