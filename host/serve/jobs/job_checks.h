// The check of what is submitted, before it is taken as a job.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "serve/api_error.h"
#include "serve/config.h"
#include "serve/jobs/job_process.h"

namespace lmos::serve {

// Each pipeline is checked in a process of its own, for plugins take part in it. On the loop's
// thread only.
class JobChecks {
 public:
  // One of the two is called, once, from the loop, unless the check was given up.
  struct Answer {
    std::function<void(const wire::JobChecked&)> sound;
    std::function<void(const ApiError&)> refused;  // the pipeline, or it could not be checked
  };

  // `config` outlives it. `job_program`: llmasos.
  JobChecks(boost::asio::io_context& loop, const Config& config, std::filesystem::path job_program)
      : loop_(loop), config_(config), program_(std::move(job_program)) {}
  JobChecks(const JobChecks&) = delete;
  JobChecks& operator=(const JobChecks&) = delete;

  size_t size() const { return checks_.size(); }
  // As many run as may at once.
  bool full() const;
  // `settings`: "key.path=value" each. Returns what gives the check up. Error(kResource) if the
  // process can't be started.
  std::function<void()> start(const std::string& pipeline, const std::vector<std::string>& settings,
                              Answer answer);

 private:
  struct Check;
  void ended(const std::shared_ptr<Check>& check, const WorkerExit& exit,
             const std::string& message);

  boost::asio::io_context& loop_;
  const Config& config_;
  const std::filesystem::path program_;
  std::list<std::shared_ptr<Check>> checks_;
};

}  // namespace lmos::serve
