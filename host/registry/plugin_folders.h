// Where plugins are looked for. Never in the current directory.
#pragma once

#include <filesystem>
#include <vector>

namespace lmos::registry {

// The folder of the running program.
std::filesystem::path program_folder();

// The folders of LLMASOS_PLUGIN_PATH, separated by colons, then <program
// folder>/../lib/llmasos/plugins. Throws Error(kUsage) for an entry that is not absolute.
std::vector<std::filesystem::path> default_plugin_folders();

// The files in `folder` whose names end with ".so", by name. A folder that does not exist has none.
std::vector<std::filesystem::path> libraries_in(const std::filesystem::path& folder);

}  // namespace lmos::registry
