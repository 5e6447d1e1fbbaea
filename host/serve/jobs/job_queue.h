// The jobs of the daemon: those that wait, those that run, and what became of the others.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/api_error.h"
#include "serve/config.h"
#include "serve/jobs/job_checks.h"
#include "serve/jobs/job_log.h"
#include "serve/jobs/job_process.h"
#include "serve/jobs/jobs_config.h"
#include "serve/state/job_store.h"

namespace lmos::serve {

// Hears of one job. On the loop's thread.
class JobListener {
 public:
  virtual ~JobListener() = default;
  virtual void on_line(const std::string& line) = 0;
  // The run's metrics have grown. `anew`: they may also have been cut to an earlier step before.
  virtual void on_metrics(bool anew) = 0;
  // Nothing more comes before the job is resumed.
  virtual void on_end() = 0;
};

// A pipeline that somebody wants to be run.
struct JobRequest {
  std::string owner;                  // an API key's id
  std::string name;                   // empty: chosen from the pipeline
  std::string pipeline;               // YAML
  std::vector<std::string> settings;  // "key.path=value" each
};

// A job with what is known only while it runs.
struct JobView {
  StoredJob job;
  std::optional<double> tokens_per_second, seconds_left;
};

// On the loop's thread only. Each job runs in a process of its own; one that fails in a way that
// may pass (a signal, no memory, a full disk, a defect) starts again from its last checkpoint after
// a pause that doubles.
class JobQueue {
 public:
  // All outlive it. `job_program`: llmasos.
  JobQueue(boost::asio::io_context& loop, const Config& config, Database& database,
           std::filesystem::path job_program);
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  // Takes up what an earlier daemon left. Error(kResource) if a folder of jobs can't be made.
  void start();

  // The pipeline is checked in a process of its own; then one of the two is called, unless the
  // request was given up. Throws ApiError at once if no job is taken now.
  struct Answer {
    std::function<void(const JobView&)> accepted;
    std::function<void(const ApiError&)> refused;
  };
  // Returns what gives the request up.
  std::function<void()> submit(JobRequest request, Answer answer);

  // Empty if there is none.
  std::optional<JobView> find(const std::string& id) const;
  std::vector<JobView> page(const std::string& owner, bool everybody, int64_t before,
                            int64_t count) const;
  // ApiError (409) for a job that has ended.
  JobView cancel(const std::string& id);
  // ApiError (409) for a job that has not ended, or that succeeded.
  JobView resume(const std::string& id);
  JobLog log_of(const std::string& id) const;

  // False if the job is not under way, so that nothing would come.
  bool listen(const std::string& id, std::shared_ptr<JobListener> listener);
  void ignore(const std::string& id, const JobListener* listener);

  // Starts nothing more, and lets running jobs save a checkpoint; idle() once they have. What still
  // runs at destruction is killed, and goes on from its last checkpoint in the next daemon.
  void drain();
  bool idle() const;

 private:
  struct Live;

  void checked(const JobRequest& request, const Answer& answer, const wire::JobChecked& result);
  JobView accept(const JobRequest& request, const wire::JobChecked& result);
  void check_folder(const std::string& folder, const std::string& id) const;
  void start_next();
  void start_run(Live& live);
  void progress(Live& live, const wire::JobProgress& progress);
  void run_ended(Live& live, const WorkerExit& exit, const std::string& message);
  void restart_later(Live& live, const std::string& reason);
  // The job's last word of this daemon.
  void finish(Live& live, JobStatus status, std::string error);
  void say(Live& live, const std::string& line);
  void store(const Live& live);
  std::optional<StoredJob> stored(const std::string& id) const;
  JobView view(const Live& live) const;
  Live& enter(StoredJob job);

  boost::asio::io_context& loop_;
  const Config& config_;
  mutable JobStore store_;
  const std::filesystem::path program_;
  std::map<int64_t, std::unique_ptr<Live>> live_;  // by number
  std::map<std::string, StoredJob> unstored_;      // by id: what a full disk kept out of the store
  JobChecks checks_;
  bool draining_ = false;
};

}  // namespace lmos::serve
