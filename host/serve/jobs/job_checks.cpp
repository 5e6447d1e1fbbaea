#include "serve/jobs/job_checks.h"

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "serve/jobs/job_launch.h"

namespace lmos::serve {
namespace {

constexpr size_t kMostChecks = 8;  // at once

}  // namespace

struct JobChecks::Check {
  Answer answer;
  std::unique_ptr<JobProcess> process;
  std::optional<wire::JobChecked> result;
};

bool JobChecks::full() const { return checks_.size() >= kMostChecks; }

std::function<void()> JobChecks::start(const std::string& pipeline,
                                       const std::vector<std::string>& settings, Answer answer) {
  const auto check = std::make_shared<Check>();
  check->answer = std::move(answer);
  wire::ConfigureJob job = job_configuration(config_, pipeline);
  job.settings = settings;
  job.check_only = true;
  JobProcessEvents events;
  const std::weak_ptr<Check> weak = check;
  events.on_checked = [weak](const wire::JobChecked& result) {
    if (const auto check = weak.lock()) check->result = result;
  };
  events.on_line = [](const std::string& line) { spdlog::debug("[a job's check] {}", line); };
  events.on_exit = [this, weak](const WorkerExit& exit, const std::string& message) {
    if (const auto check = weak.lock()) ended(check, exit, message);
  };
  const double limit = config_.workers.start_seconds;
  check->process =
      std::make_unique<JobProcess>(loop_, job_command(config_, program_), "a job's check", job,
                                   JobProcessLimits{limit, limit}, events);
  checks_.push_back(check);
  return [this, weak] {
    if (const auto check = weak.lock()) checks_.remove(check);
  };
}

void JobChecks::ended(const std::shared_ptr<Check>& check, const WorkerExit& exit,
                      const std::string& message) {
  checks_.remove(check);
  const std::string& failure = message.empty() ? exit.reason : message;
  if (exit.code == 0 && check->result) return check->answer.sound(*check->result);
  if (exit.code > 0 && is_lasting_failure(exit.code))
    return check->answer.refused(invalid_request(failure, "pipeline", "invalid_pipeline"));
  spdlog::error("the check of a job's pipeline {}", failure);
  check->answer.refused(
      unavailable("the pipeline could not be checked; try again", "check_failed"));
}

}  // namespace lmos::serve
