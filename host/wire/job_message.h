// What llmasosd and a job's worker say to each other.
//
// The daemon begins with ConfigureJob. The worker checks the pipeline and answers JobChecked or
// JobFailed. Unless that was all it was asked for, it goes on to run it, sends a Heartbeat now and
// then, whose `steps` grow as long as the run gets anywhere, and ends with the exit code of
// `llmasos run`. StopJob, or the end of the socket, makes it save what it can and end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lmos::wire {

// ---- from the daemon ----

struct ConfigureJob {
  uint32_t version = 0;               // kProtocolVersion; first in every version of this protocol
  std::string pipeline;               // YAML
  std::vector<std::string> settings;  // "key.path=value" each, applied in order
  bool check_only = false;
  bool resume = false;  // go on from the newest checkpoint, whatever the pipeline says
  // Folders, canonical; what lies in one of the last may be neither read nor written.
  std::vector<std::string> readable, writable, excluded;
  std::string cache_folder;
  int64_t heartbeat_ms = 0;  // between heartbeats
};

struct StopJob {
  uint8_t reserved = 0;
};

// ---- from the worker ----

struct JobChecked {
  std::string kind;      // "train", ...
  std::string pipeline;  // YAML, settings applied
  std::string folder;    // of the run, absolute; empty: the kind has none
  int64_t steps = 0;     // 0: the kind has none
};

struct JobProgress {
  int64_t step = 0, steps = 0;  // done, of how many: of training, or texts, or batches
  double loss = 0;              // not a number where there is none
  double tokens_per_second = 0;
  double seconds_left = 0;  // not a number until that can be told
  bool resumed = false;     // metrics after `step` are written anew
  bool saved = false;       // a checkpoint of `step` is on the disk
};

struct JobFailed {
  int32_t exit_code = 0;
  std::string message;  // lines
};

}  // namespace lmos::wire
