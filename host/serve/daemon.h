// llmasosd: serves the models of a configuration until it is told to end.
#pragma once

#include <filesystem>
#include <functional>

#include "serve/config.h"

namespace lmos::serve {

// Runs until SIGTERM or SIGINT, and then until running requests have finished, or the drain limit;
// a second signal ends it at once. `listening(port)` is called once it takes connections. Throws
// Error if it can't begin; a worker's failure is logged and never ends it.
void run_daemon(const Config& config, const std::filesystem::path& worker_program,
                const std::function<void(uint16_t port)>& listening);

}  // namespace lmos::serve
