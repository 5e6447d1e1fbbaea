#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <csignal>
#include <thread>

#include "errors/error.h"
#include "pipeline/load_pipeline.h"
#include "pipeline/override.h"
#include "pipeline/pipeline_paths.h"
#include "pipeline/yaml_reader.h"
#include "pipeline/yaml_writer.h"
#include "programs/commands/command.h"
#include "programs/commands/pipeline_kinds.h"
#include "programs/job_reporter.h"
#include "wire/worker_socket.h"
#include "worker/memory_score.h"
#include "worker/write_sandbox.h"

namespace lmos {
namespace {

FileDescriptor daemon_socket() {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(wire::kWorkerSocket, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
    throw Error(ErrorKind::kUsage,
                "`llmasos job` is started by llmasosd, not by hand; use `llmasos run`");
  fcntl(wire::kWorkerSocket, F_SETFD, FD_CLOEXEC);
  // A job that hangs would not notice that the daemon is gone.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return FileDescriptor(wire::kWorkerSocket);
}

wire::ConfigureJob receive_job(worker::Connection& connection) {
  auto message = connection.receive();
  if (!message)
    throw Error(ErrorKind::kInput, "llmasosd closed the socket before it said anything");
  auto* job = std::get_if<wire::ConfigureJob>(&*message);
  if (job == nullptr || job->version != wire::kProtocolVersion)
    throw Error(ErrorKind::kConfiguration,
                "llmasosd speaks another version of the protocol; install both programs together");
  return std::move(*job);
}

// The pipeline as it was submitted, and as it will run.
struct CheckedJob {
  ConfigTree given;
  Pipeline pipeline;
};

CheckedJob check_job(const wire::ConfigureJob& job, const PluginSchemas& plugins) {
  CheckedJob checked;
  checked.given = parse_yaml(job.pipeline, Place::in("pipeline"));
  for (const std::string& setting : job.settings)
    checked.given = apply_override(checked.given, setting);
  checked.pipeline = make_pipeline(checked.given, {}, plugins);
  PathRules rules;
  rules.readable.assign(job.readable.begin(), job.readable.end());
  rules.writable.assign(job.writable.begin(), job.writable.end());
  rules.excluded.assign(job.excluded.begin(), job.excluded.end());
  Problems problems;
  check_paths(pipeline_paths(checked.pipeline.kind, checked.pipeline.resolved, plugins), rules,
              problems);
  problems.throw_if_any();
  if (job.resume && checked.pipeline.checkpoint)
    checked.pipeline.checkpoint->resume = ResumeMode::kAuto;
  return checked;
}

wire::JobChecked answer_of(const CheckedJob& checked) {
  const Pipeline& pipeline = checked.pipeline;
  wire::JobChecked answer;
  answer.kind = kind_text(pipeline.kind);
  answer.pipeline = write_yaml(checked.given);
  if (pipeline.checkpoint)
    answer.folder =
        std::filesystem::weakly_canonical(std::filesystem::absolute(pipeline.checkpoint->folder))
            .string();
  if (pipeline.train) answer.steps = pipeline.train->steps;
  return answer;
}

int run_by_kind(const Pipeline& pipeline, Session& session) {
  switch (pipeline.kind) {
    case PipelineKind::kTrain:
      return run_training(pipeline, session);
    case PipelineKind::kGenerate:
      return run_generation(pipeline, session, false);
    case PipelineKind::kEvaluate:
      return run_evaluation(pipeline, session, false);
  }
  return 0;
}

// Waits for the daemon's wish to stop, or its end, beside the run.
class StopListener {
 public:
  explicit StopListener(worker::Connection& connection)
      : connection_(connection), thread_([this] { listen(); }) {}
  ~StopListener() {
    ended_ = true;
    connection_.end_receiving();
    thread_.join();
  }

 private:
  void listen() {
    try {
      connection_.receive();
    } catch (const Error&) {
      // No message: as if it had closed.
    }
    if (!ended_) Session::interrupt();
  }

  worker::Connection& connection_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

// The pipeline's paths were checked when it was submitted; links may have changed since, and
// plugins follow paths that nobody sees.
void enter_sandbox(const wire::ConfigureJob& job) {
  std::filesystem::create_directories(job.cache_folder);
  std::vector<std::filesystem::path> folders(job.writable.begin(), job.writable.end());
  folders.emplace_back(job.cache_folder);
  worker::restrict_writes(folders);
}

int run_job(worker::Connection& connection, Session& session) {
  const wire::ConfigureJob job = receive_job(connection);
  setenv("XDG_CACHE_HOME", job.cache_folder.c_str(), 1);
  // Of the processes of a machine without memory, a job can be started again.
  worker::offer_to_memory_killer(500);
  enter_sandbox(job);
  const CheckedJob checked = check_job(job, session.catalogue().schemas());
  connection.send(answer_of(checked));
  if (job.check_only) return 0;
  JobReporter reporter(connection, checked.pipeline.kind);
  session.set_listener(&reporter);
  connection.start_heartbeat(std::chrono::milliseconds(job.heartbeat_ms),
                             [activity = reporter.activity()] {
                               wire::Heartbeat beat;
                               beat.steps = *activity;
                               return beat;
                             });
  const StopListener stop(connection);
  return run_by_kind(checked.pipeline, session);
}

int serve_job(const Arguments&, Session& session) {
  worker::Connection connection(daemon_socket());
  try {
    return run_job(connection, session);
  } catch (const Error& error) {
    connection.send(wire::JobFailed{error.exit_code(), error.what()});
    throw;
  }
}

}  // namespace

Command job_command() {
  return {{.name = "job",
           .summary = "A job of llmasosd, which starts it.",
           .detail = "Does what `run` does, and tells the daemon of it through a socket.",
           .positionals = {},
           .options = {}},
          serve_job};
}

}  // namespace lmos
