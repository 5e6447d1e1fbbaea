#include "serve/jobs/job_process.h"

#include <boost/asio/io_context.hpp>

namespace lmos::serve {

JobProcess::JobProcess(boost::asio::io_context& loop, const WorkerCommand& command,
                       const std::string& name, const wire::ConfigureJob& job,
                       const JobProcessLimits& limits, JobProcessEvents events)
    : events_(std::move(events)),
      process_(std::make_unique<WorkerProcess>(
          loop, command, name,
          WorkerProcessEvents{[this](const wire::Message& message) { take(message); },
                              [this](const WorkerExit& exit) {
                                watchdog_.reset();
                                const auto handler = events_.on_exit;
                                const std::string said = message_;
                                handler(exit, said);
                              },
                              events_.on_line})) {
  watchdog_.emplace(loop, process_->id(), limits.silent_seconds,
                    [this](const std::string& why) { kill(why); });
  watchdog_->heard();
  watchdog_->expect_more(limits.stalled_seconds, "made no progress in");
  process_->send(job);
}

void JobProcess::stop() { process_->send(wire::StopJob{}); }

void JobProcess::take(const wire::Message& message) {
  watchdog_->heard();
  if (const auto* beat = std::get_if<wire::Heartbeat>(&message)) {
    if (beat->steps != steps_) watchdog_->progressed();
    steps_ = beat->steps;
  } else if (const auto* progress = std::get_if<wire::JobProgress>(&message)) {
    watchdog_->progressed();
    if (const auto handler = events_.on_progress) handler(*progress);
  } else if (const auto* checked = std::get_if<wire::JobChecked>(&message)) {
    watchdog_->progressed();
    if (const auto handler = events_.on_checked) handler(*checked);
  } else if (const auto* failed = std::get_if<wire::JobFailed>(&message)) {
    message_ = failed->message;
  } else {
    process_->kill("was killed, for it sent a message that is none of a job");
  }
}

}  // namespace lmos::serve
