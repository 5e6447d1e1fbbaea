// One process of a job: it checks a pipeline, or runs it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "serve/watchdog.h"
#include "serve/worker_process.h"

namespace lmos::serve {

struct JobProcessLimits {
  double silent_seconds = 0;   // without a word
  double stalled_seconds = 0;  // without progress
};

struct JobProcessEvents {
  std::function<void(const wire::JobChecked&)> on_checked;
  std::function<void(const wire::JobProgress&)> on_progress;
  std::function<void(const std::string&)> on_line;
  // Once, last. `message`: what it said of its failure; empty: nothing.
  std::function<void(const WorkerExit& exit, const std::string& message)> on_exit;
};

// On the loop's thread only. Events come from the loop, and not after destruction, which a handler
// may bring about.
class JobProcess {
 public:
  // Error(kResource) if it can't be started.
  JobProcess(boost::asio::io_context& loop, const WorkerCommand& command, const std::string& name,
             const wire::ConfigureJob& job, const JobProcessLimits& limits,
             JobProcessEvents events);

  // To save what it can, and end.
  void stop();
  void kill(const std::string& why) { process_->kill(why); }
  pid_t id() const { return process_->id(); }

 private:
  void take(const wire::Message& message);

  JobProcessEvents events_;
  std::string message_;
  uint64_t steps_ = 0;
  std::unique_ptr<WorkerProcess> process_;
  std::optional<Watchdog> watchdog_;
};

}  // namespace lmos::serve
