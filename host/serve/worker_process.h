// One worker process: started, spoken with over a socket pair, and reaped.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wire/message.h"

namespace boost::asio {
class io_context;
}

namespace lmos::serve {

// What runs as a worker.
struct WorkerCommand {
  std::filesystem::path program;
  std::vector<std::string> words = {};  // after its name
};

struct WorkerExit {
  std::string reason;  // "was killed by SIGKILL ...", with the last lines of its log
  int code = -1;       // its exit code; -1: a signal ended it
};

// Of an exit code: trying again would not help, since the configuration, a file of the model or of
// data, or a plugin is at fault.
bool is_lasting_failure(int exit_code);

struct WorkerProcessEvents {
  std::function<void(const wire::Message&)> on_message;
  // Once, after the last message.
  std::function<void(const WorkerExit&)> on_exit;
  // A line of its output, made safe to show; where there is no handler, it goes to the log.
  std::function<void(const std::string&)> on_line = {};
};

// On the loop's thread only. Its events come from the loop, never from inside a call, and not after
// destruction.
class WorkerProcess {
 public:
  // `name`: of the model or job, for the log. Error(kResource) if the process can't be started.
  WorkerProcess(boost::asio::io_context& loop, const WorkerCommand& command,
                const std::string& name, WorkerProcessEvents events);
  // Kills it, with the processes it started, and reaps it.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  void send(const wire::Message& message);
  // Bytes that the worker has not taken yet.
  size_t unsent_bytes() const;
  // Closes the socket, on which the worker ends by itself.
  void close();
  // `why` becomes the reason of its exit.
  void kill(const std::string& why);
  pid_t id() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

// llmasos-worker, beside the running program, and llmasos, whose command `job` runs a job.
struct WorkerPrograms {
  std::filesystem::path model, job;
};
WorkerPrograms worker_programs();

}  // namespace lmos::serve
