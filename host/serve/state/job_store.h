// Jobs and their runs, as they are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/state/database.h"

namespace lmos::serve {

enum class JobStatus { kQueued, kRunning, kSucceeded, kFailed, kCancelled, kInterrupted };

std::string_view job_status_text(JobStatus status);  // "queued", ...

struct StoredJob {
  int64_t number = 0;    // in the order of submission; the store gives it
  std::string id;        // "job_" and hexadecimal digits
  std::string owner;     // the id of an API key; empty: nobody's, or that key was revoked
  std::string name;      // what people call it
  std::string kind;      // of the pipeline: "train", ...
  std::string pipeline;  // YAML
  std::string folder;    // of a training run, absolute; empty: none
  JobStatus status = JobStatus::kQueued;
  double created = 0;  // seconds since 1970, like the next ones
  std::optional<double> started, finished;
  std::optional<int64_t> step, steps;  // units done, of how many
  std::optional<double> loss;
  int64_t restarts = 0;  // after failures
  std::string error;     // why it failed; empty: it did not
};

// Errors as of Database, which outlives it.
class JobStore {
 public:
  explicit JobStore(Database& database) : database_(database) {}

  // Returns its number.
  int64_t add(const StoredJob& job);
  // Everything that changes in the life of a job: from its status to its error.
  void update(const StoredJob& job);
  std::optional<StoredJob> find(std::string_view id) const;
  // The newest first, from below `before` on; of one owner unless `everybody`.
  std::vector<StoredJob> page(std::string_view owner, bool everybody, int64_t before,
                              int64_t count) const;
  // Those that are queued, running or interrupted, the oldest first.
  std::vector<StoredJob> unfinished() const;

  // A process begins to work on a job; returns the run's number.
  int64_t begin_run(std::string_view job, int64_t process, double time);
  void end_run(int64_t run, double time, std::string_view outcome);

 private:
  Database& database_;
};

}  // namespace lmos::serve
