#include "serve/jobs/job_launch.h"

#include <algorithm>

namespace lmos::serve {

WorkerCommand job_command(const Config& config, const std::filesystem::path& program) {
  WorkerCommand command{program, {"job"}};
  for (const std::string& folder : config.plugin_folders)
    command.words.insert(command.words.end(), {"--plugins", folder});
  return command;
}

wire::ConfigureJob job_configuration(const Config& config, const std::string& pipeline) {
  wire::ConfigureJob job;
  job.version = wire::kProtocolVersion;
  job.pipeline = pipeline;
  for (const auto& folder : config.folders) job.readable.push_back(folder.string());
  for (const auto& folder : config.jobs.readable) job.readable.push_back(folder.string());
  job.excluded = {std::filesystem::weakly_canonical(config.state_folder).string()};
  for (const auto& folder : config.jobs.writable) job.writable.push_back(folder.string());
  job.cache_folder = (config.state_folder / "cache").string();
  job.heartbeat_ms =
      std::clamp<int64_t>(static_cast<int64_t>(config.workers.heartbeat_seconds * 250), 1, 1000);
  return job;
}

}  // namespace lmos::serve
