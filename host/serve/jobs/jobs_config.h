// What the daemon's file says of jobs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipeline/problems.h"
#include "pipeline/schema.h"

namespace lmos::serve {

struct JobsConfig {
  int64_t running = 0;       // at once
  int64_t queued = 0;        // that have not ended, of all keys together
  int64_t restarts = 0;      // in a row without a checkpoint in between
  double stall_seconds = 0;  // without any progress
  int64_t log_bytes = 0;     // kept of a job's output
  std::vector<std::filesystem::path> readable, writable;   // canonical; these may not exist
  std::map<std::string, std::filesystem::path> pipelines;  // declared ones: their files
};

// `jobs` and `pipelines` of the daemon's file.
std::vector<Field> jobs_fields();

// `tree`: the whole file, validated.
JobsConfig jobs_from(const ConfigTree& tree, Problems& problems);

}  // namespace lmos::serve
