// llmasosd: serves the models of a configuration, and runs jobs, until it is told to end.
#pragma once

#include "serve/config.h"
#include "serve/worker_process.h"

namespace lmos::serve {

// Runs until SIGTERM or SIGINT, and then until running requests have finished, or the drain limit;
// a second signal ends it at once. The log says "listening on URL" once it takes connections.
// Throws Error if it can't begin; a worker's failure is logged and never ends it.
void run_daemon(const Config& config, const WorkerPrograms& programs);

}  // namespace lmos::serve
