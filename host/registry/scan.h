// One look into the plugin folders.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "plugin_library/plugin_record.h"
#include "registry/probe_cache.h"

namespace lmos::registry {

struct ScanOptions {
  std::vector<std::filesystem::path> folders;  // the first that holds a file counts
  std::filesystem::path probe_program;
  std::chrono::milliseconds probe_limit;
  bool ask_hung_again = false;  // those that once did not answer
};

// A record for every library, in the order of folders and names. Libraries that the cache does not
// know are probed. Two files with the same name and interface are both refused: which one is meant
// can't be known.
std::vector<PluginRecord> scan(const ScanOptions& options, ProbeCache& cache);

}  // namespace lmos::registry
