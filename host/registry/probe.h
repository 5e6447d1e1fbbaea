// Asking unknown libraries what they are, each in a child process.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "plugin_library/plugin_record.h"

namespace lmos::registry {

enum class ProbeEnd {
  kAnswered,  // by the library itself: the record holds as long as the file
  kHung,      // the limit passed
  kFailed,    // by what may be over the next time, such as a missing library
};

struct ProbeResult {
  PluginRecord record;
  ProbeEnd end = ProbeEnd::kFailed;
};

// One result a library, in order. A crash, an exit or a hang is a refused record that says so.
// Several children run at once. `program`: llmasos-plugin-probe. `limit`: for each child.
std::vector<ProbeResult> probe_libraries(const std::vector<std::filesystem::path>& libraries,
                                         const std::filesystem::path& program,
                                         std::chrono::milliseconds limit);

}  // namespace lmos::registry
