// Reading and checking the table that a plugin's query returns.
#pragma once

#include <filesystem>

#include "llmasos/plugin.h"
#include "plugin_library/plugin_record.h"

namespace lmos::registry {

// What this host says of itself to a query.
const lmos_host_info& host_info();

// The table as a record; kRefused with the reason if it does not fit this host. Nothing after the
// ABI range is read unless the ranges meet. The table's pointers are trusted: for an unknown
// library, only in a child process.
PluginRecord describe(const std::filesystem::path& path, const lmos_plugin& table);

}  // namespace lmos::registry
