#include "serve/jobs/job_process.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>

namespace lmos::serve {
namespace {

std::string in_seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", seconds);
  return text;
}

}  // namespace

JobProcess::JobProcess(boost::asio::io_context& loop, const WorkerCommand& command,
                       const std::string& name, const wire::ConfigureJob& job,
                       const JobProcessLimits& limits, JobProcessEvents events)
    : limits_(limits),
      events_(std::move(events)),
      heard_(Clock::now()),
      advanced_(heard_),
      process_(std::make_unique<WorkerProcess>(
          loop, command, name,
          WorkerProcessEvents{[this](const wire::Message& message) { take(message); },
                              [this](const WorkerExit& exit) {
                                timer_.cancel();
                                const auto handler = events_.on_exit;
                                const std::string said = message_;
                                handler(exit, said);
                              },
                              events_.on_line})),
      timer_(loop) {
  process_->send(job);
  watch();
}

void JobProcess::stop() { process_->send(wire::StopJob{}); }

void JobProcess::take(const wire::Message& message) {
  heard_ = Clock::now();
  if (const auto* beat = std::get_if<wire::Heartbeat>(&message)) {
    if (beat->steps != steps_) advanced_ = heard_;
    steps_ = beat->steps;
  } else if (const auto* progress = std::get_if<wire::JobProgress>(&message)) {
    advanced_ = heard_;
    if (const auto handler = events_.on_progress) handler(*progress);
  } else if (const auto* checked = std::get_if<wire::JobChecked>(&message)) {
    advanced_ = heard_;
    if (const auto handler = events_.on_checked) handler(*checked);
  } else if (const auto* failed = std::get_if<wire::JobFailed>(&message)) {
    message_ = failed->message;
  } else {
    process_->kill("was killed, for it sent a message that is none of a job");
  }
}

void JobProcess::watch() {
  using std::chrono::duration;
  const double shortest = std::min(limits_.silent_seconds, limits_.stalled_seconds);
  timer_.expires_after(
      std::chrono::duration_cast<Clock::duration>(duration<double>(std::min(shortest / 4, 1.0))));
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code error) {
    if (error || alive.expired()) return;
    const auto now = Clock::now();
    if (now - heard_ > duration<double>(limits_.silent_seconds))
      kill("was killed, for it sent nothing in " + in_seconds(limits_.silent_seconds));
    else if (now - advanced_ > duration<double>(limits_.stalled_seconds))
      kill("was killed, for it made no progress in " + in_seconds(limits_.stalled_seconds));
    watch();
  });
}

}  // namespace lmos::serve
