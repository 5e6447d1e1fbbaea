// How the daemon starts the process of a job.
#pragma once

#include <filesystem>
#include <string>

#include "serve/config.h"
#include "serve/worker_process.h"

namespace lmos::serve {

// `program`: llmasos.
WorkerCommand job_command(const Config& config, const std::filesystem::path& program);

// What the process is told: `pipeline`, and the folders that it may read and write.
wire::ConfigureJob job_configuration(const Config& config, const std::string& pipeline);

}  // namespace lmos::serve
