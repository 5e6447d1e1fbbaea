#include "serve/jobs/job_queue.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cmath>

#include "errors/error.h"
#include "formats/file_descriptor.h"
#include "serve/hexadecimal.h"
#include "serve/jobs/job_launch.h"

namespace lmos::serve {
namespace {

constexpr double kFirstJobPause = 0.1;

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

ApiError job_conflict(std::string message, std::string code) {
  return {409, "invalid_request_error", std::move(message), "", std::move(code), 0, ""};
}

std::optional<double> finite_or_none(double number) {
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

}  // namespace

struct JobQueue::Live {
  Live(boost::asio::io_context& loop, StoredJob stored, JobLog kept)
      : job(std::move(stored)), log(std::move(kept)), pause(loop) {}

  StoredJob job;
  JobLog log;
  std::unique_ptr<JobProcess> process;
  int64_t run = 0;  // in the store
  boost::asio::steady_timer pause;
  double pause_seconds = 0;
  int64_t failures = 0;  // in a row
  bool cancelled = false;
  std::optional<double> tokens_per_second, seconds_left;
  std::list<std::shared_ptr<JobListener>> listeners;

  template <class Call>
  void tell(const Call& call) {
    // A listener may take itself off the list.
    for (const auto& listener : std::list(listeners)) call(*listener);
  }
};

JobQueue::JobQueue(boost::asio::io_context& loop, const Config& config, Database& database,
                   std::filesystem::path job_program)
    : loop_(loop),
      config_(config),
      store_(database),
      program_(std::move(job_program)),
      checks_(loop, config, program_) {}

JobQueue::~JobQueue() {
  for (const auto& [number, live] : live_) {
    if (!live->process) continue;
    live->process.reset();
    live->job.status = JobStatus::kInterrupted;
    store(*live);
  }
}

// ---- what comes in ----

void JobQueue::start() {
  for (const auto& folder : config_.jobs.writable) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw_write_error("create", folder, error.value());
  }
  for (StoredJob& job : store_.unfinished()) {
    const bool begun = job.status != JobStatus::kQueued;
    job.status = JobStatus::kQueued;
    Live& live = enter(std::move(job));
    if (begun) say(live, "the daemon ended meanwhile; the job goes on");
    store(live);
  }
  start_next();
}

JobQueue::Live& JobQueue::enter(StoredJob job) {
  JobLog log = log_of(job.id);
  const int64_t number = job.number;
  return *(live_[number] = std::make_unique<Live>(loop_, std::move(job), std::move(log)));
}

std::function<void()> JobQueue::submit(JobRequest request, Answer answer) {
  if (draining_) throw unavailable("the server is about to end", "server_ending");
  if (live_.size() + checks_.size() >= static_cast<size_t>(config_.jobs.queued) || checks_.full())
    throw too_many_requests("as many jobs wait as this server takes; try again later", 10,
                            "queue_full");
  const auto asked = std::make_shared<const JobRequest>(std::move(request));
  return checks_.start(
      asked->pipeline, asked->settings,
      {[this, asked, answer](const wire::JobChecked& result) { checked(*asked, answer, result); },
       answer.refused});
}

void JobQueue::checked(const JobRequest& request, const Answer& answer,
                       const wire::JobChecked& result) {
  try {
    if (draining_) throw unavailable("the server is about to end", "server_ending");
    answer.accepted(accept(request, result));
  } catch (const ApiError& error) {
    answer.refused(error);
  } catch (const Error& error) {
    spdlog::error("a job is refused: {}", error.what());
    answer.refused(
        unavailable("the server can't store the job now; its log says why", "state_not_written"));
  }
  start_next();
}

JobView JobQueue::accept(const JobRequest& request, const wire::JobChecked& result) {
  check_folder(result.folder, "");
  StoredJob job;
  job.id = "job_" + random_digits(12);
  job.owner = request.owner;
  job.kind = result.kind;
  job.pipeline = result.pipeline;
  job.folder = result.folder;
  job.name = request.name;
  if (job.name.empty())
    job.name =
        job.folder.empty() ? job.kind : std::filesystem::path(job.folder).filename().string();
  job.created = seconds_since_1970();
  if (result.steps > 0) job.steps = result.steps;
  job.number = store_.add(job);
  return view(enter(std::move(job)));
}

void JobQueue::check_folder(const std::string& folder, const std::string& id) const {
  if (folder.empty()) return;
  for (const auto& [number, live] : live_)
    if (live->job.folder == folder && live->job.id != id)
      throw job_conflict("another job, " + live->job.id + ", works in this checkpoint.folder",
                         "folder_in_use");
}

// ---- runs ----

void JobQueue::start_next() {
  if (draining_) return;
  auto running = std::ranges::count_if(
      live_, [](const auto& entry) { return entry.second->job.status == JobStatus::kRunning; });
  for (const auto& [number, live] : live_) {
    if (running >= config_.jobs.running) return;
    if (live->job.status != JobStatus::kQueued) continue;
    ++running;
    live->job.status = JobStatus::kRunning;
    // Not from here: a failure to start would take it off the list.
    boost::asio::post(loop_, [this, number = number] {
      const auto found = live_.find(number);
      if (found != live_.end() && found->second->job.status == JobStatus::kRunning &&
          !found->second->process && !draining_)
        start_run(*found->second);
    });
  }
}

void JobQueue::start_run(Live& live) {
  const int64_t number = live.job.number;
  const double now = seconds_since_1970();
  wire::ConfigureJob job = job_configuration(config_, live.job.pipeline);
  job.resume = live.job.started.has_value();
  if (!live.job.started) live.job.started = now;
  live.job.finished.reset();
  JobProcessEvents events;
  const auto with = [this, number](auto&& call) {
    const auto found = live_.find(number);
    if (found != live_.end()) call(*found->second);
  };
  events.on_progress = [this, with](const wire::JobProgress& report) {
    with([&](Live& found) { progress(found, report); });
  };
  events.on_line = [this, with](const std::string& line) {
    with([&](Live& found) { say(found, line); });
  };
  events.on_exit = [this, with](const WorkerExit& exit, const std::string& message) {
    with([&](Live& found) { run_ended(found, exit, message); });
  };
  try {
    live.process = std::make_unique<JobProcess>(
        loop_, job_command(config_, program_), live.job.id, job,
        JobProcessLimits{config_.workers.heartbeat_seconds, config_.jobs.stall_seconds}, events);
  } catch (const Error& error) {
    return restart_later(live, "can't be started: " + std::string(error.what()));
  }
  try {
    live.run = store_.begin_run(live.job.id, live.process->id(), now);
  } catch (const Error& error) {
    spdlog::error("[{}] {}", live.job.id, error.what());
  }
  say(live, "started as process " + std::to_string(live.process->id()));
  store(live);
}

void JobQueue::progress(Live& live, const wire::JobProgress& report) {
  live.job.step = report.step;
  live.job.steps = report.steps;
  if (const auto loss = finite_or_none(report.loss)) live.job.loss = loss;
  live.tokens_per_second =
      report.tokens_per_second > 0 ? finite_or_none(report.tokens_per_second) : std::nullopt;
  live.seconds_left = finite_or_none(report.seconds_left);
  if (report.saved) {
    live.failures = 0;
    live.pause_seconds = 0;
    store(live);
  }
  live.tell([&](JobListener& listener) { listener.on_metrics(report.resumed); });
}

void JobQueue::run_ended(Live& live, const WorkerExit& exit, const std::string& message) {
  live.process.reset();
  live.pause.cancel();
  try {
    store_.end_run(live.run, seconds_since_1970(),
                   exit.code == 0 ? "ended" : exit.reason.substr(0, exit.reason.find('\n')));
  } catch (const Error& error) {
    spdlog::error("[{}] {}", live.job.id, error.what());
  }
  live.tell([](JobListener& listener) { listener.on_metrics(false); });
  const std::string reason = message.empty() ? exit.reason : message;
  if (exit.code == 0) return finish(live, JobStatus::kSucceeded, "");
  if (live.cancelled) return finish(live, JobStatus::kCancelled, "");
  if (draining_ || exit.code == static_cast<int>(ErrorKind::kInterrupted))
    return finish(live, JobStatus::kInterrupted, "");
  if (is_lasting_failure(exit.code)) return finish(live, JobStatus::kFailed, reason);
  restart_later(live, reason);
}

void JobQueue::restart_later(Live& live, const std::string& reason) {
  if (live.failures >= config_.jobs.restarts)
    return finish(live, JobStatus::kFailed,
                  reason + "\nIt is given up after " + std::to_string(live.failures) +
                      " restarts in a row without a new checkpoint.");
  ++live.failures;
  ++live.job.restarts;
  live.job.error = reason;
  live.pause_seconds = live.pause_seconds == 0
                           ? kFirstJobPause
                           : std::min(2 * live.pause_seconds, config_.workers.restart_seconds);
  char pause[32];
  std::snprintf(pause, sizeof pause, "%g s", live.pause_seconds);
  spdlog::error("[{}] its worker {}\nIt is started again in {}.", live.job.id, reason, pause);
  say(live, reason.substr(0, reason.find('\n')));
  say(live, std::string("started again in ") + pause);
  store(live);
  live.pause.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(live.pause_seconds)));
  live.pause.async_wait([this, number = live.job.number](boost::system::error_code error) {
    const auto found = live_.find(number);
    if (!error && found != live_.end() && !found->second->process && !draining_)
      start_run(*found->second);
  });
}

void JobQueue::finish(Live& live, JobStatus status, std::string error) {
  live.job.status = status;
  live.job.error = std::move(error);
  if (status != JobStatus::kInterrupted) live.job.finished = seconds_since_1970();
  say(live,
      std::string(job_status_text(status)) +
          (live.job.error.empty() ? ""
                                  : ": " + live.job.error.substr(0, live.job.error.find('\n'))));
  spdlog::info("[{}] {}{}", live.job.id, job_status_text(status),
               live.job.error.empty() ? "" : ": " + live.job.error);
  store(live);
  const auto listeners = std::exchange(live.listeners, {});
  live_.erase(live.job.number);
  for (const auto& listener : listeners) listener->on_end();
  start_next();
}

void JobQueue::say(Live& live, const std::string& line) {
  live.log.append(line);
  live.tell([&](JobListener& listener) { listener.on_line(line); });
}

void JobQueue::store(const Live& live) {
  unstored_[live.job.id] = live.job;
  try {
    while (!unstored_.empty()) {
      store_.update(unstored_.begin()->second);
      unstored_.erase(unstored_.begin());
    }
  } catch (const Error& error) {
    spdlog::error("[{}] {}", live.job.id, error.what());
  }
}

std::optional<StoredJob> JobQueue::stored(const std::string& id) const {
  const auto newer = unstored_.find(id);
  return newer != unstored_.end() ? newer->second : store_.find(id);
}

// ---- what is asked and told ----

JobView JobQueue::view(const Live& live) const {
  return {live.job, live.tokens_per_second, live.seconds_left};
}

std::optional<JobView> JobQueue::find(const std::string& id) const {
  auto job = stored(id);
  if (!job) return std::nullopt;
  const auto live = live_.find(job->number);
  if (live != live_.end()) return view(*live->second);
  return JobView{std::move(*job), {}, {}};
}

std::vector<JobView> JobQueue::page(const std::string& owner, bool everybody, int64_t before,
                                    int64_t count) const {
  std::vector<JobView> views;
  for (StoredJob& job : store_.page(owner, everybody, before, count)) {
    const auto live = live_.find(job.number);
    if (const auto newer = unstored_.find(job.id); newer != unstored_.end()) job = newer->second;
    views.push_back(live == live_.end() ? JobView{std::move(job), {}, {}} : view(*live->second));
  }
  return views;
}

JobView JobQueue::cancel(const std::string& id) {
  const auto known = stored(id);
  const auto found = known ? live_.find(known->number) : live_.end();
  if (found == live_.end())
    throw job_conflict("the job has ended already, so it can't be cancelled", "job_ended");
  Live& live = *found->second;
  if (live.process) {
    if (live.cancelled) return view(live);
    live.cancelled = true;
    live.process->stop();
    live.pause.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(config_.workers.drain_seconds)));
    live.pause.async_wait([this, number = known->number](boost::system::error_code error) {
      const auto late = live_.find(number);
      if (!error && late != live_.end() && late->second->process)
        late->second->process->kill("was killed, for it did not end after it was cancelled");
    });
    return view(live);
  }
  finish(live, JobStatus::kCancelled, "");
  return *find(id);
}

JobView JobQueue::resume(const std::string& id) {
  if (draining_) throw unavailable("the server is about to end", "server_ending");
  auto job = stored(id);
  if (!job || live_.contains(job->number))
    throw job_conflict("the job has not ended, so it can't be resumed", "job_not_ended");
  if (job->status == JobStatus::kSucceeded)
    throw job_conflict("the job has succeeded, so there is nothing to resume", "job_succeeded");
  check_folder(job->folder, id);
  job->status = JobStatus::kQueued;
  job->error.clear();
  job->finished.reset();
  Live& live = enter(std::move(*job));
  store(live);
  const JobView answer = view(live);
  start_next();
  return answer;
}

JobLog JobQueue::log_of(const std::string& id) const {
  return {config_.state_folder / "jobs", id, config_.jobs.log_bytes};
}

bool JobQueue::listen(const std::string& id, std::shared_ptr<JobListener> listener) {
  for (const auto& [number, live] : live_)
    if (live->job.id == id && !draining_) {
      live->listeners.push_back(std::move(listener));
      return true;
    }
  return false;
}

void JobQueue::ignore(const std::string& id, const JobListener* listener) {
  for (const auto& [number, live] : live_)
    if (live->job.id == id)
      live->listeners.remove_if([&](const auto& one) { return one.get() == listener; });
}

// ---- the end ----

void JobQueue::drain() {
  draining_ = true;
  for (const auto& [number, live] : live_) {
    if (live->process) {
      live->process->stop();
      continue;
    }
    live->pause.cancel();
    if (live->job.status == JobStatus::kRunning) live->job.status = JobStatus::kInterrupted;
    store(*live);
    for (const auto& listener : std::exchange(live->listeners, {})) listener->on_end();
  }
}

bool JobQueue::idle() const {
  return checks_.size() == 0 && std::ranges::none_of(live_, [](const auto& entry) {
           return entry.second->process != nullptr;
         });
}

}  // namespace lmos::serve
