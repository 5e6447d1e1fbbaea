// Asking unknown libraries what they are, each in a child process.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "plugin_library/plugin_record.h"

namespace lmos::registry {

struct ProbeResult {
  PluginRecord record;
  // Whether the library itself answered, so that the record may be remembered. What stopped another
  // one may be over the next time: a missing library, a busy machine.
  bool answered = false;
};

// One result a library, in order. A crash, an exit or a hang is a refused record that says so.
// Several children run at once. `program`: llmasos-plugin-probe. `limit`: for each child.
std::vector<ProbeResult> probe_libraries(const std::vector<std::filesystem::path>& libraries,
                                         const std::filesystem::path& program,
                                         std::chrono::milliseconds limit);

}  // namespace lmos::registry
