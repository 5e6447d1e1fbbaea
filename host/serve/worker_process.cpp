#include "serve/worker_process.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <deque>

#include "errors/error.h"
#include "formats/quote.h"
#include "serve/memory_kills.h"
#include "serve/spawn.h"
#include "wire/frame.h"

namespace lmos::serve {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr size_t kLogLines = 8;           // kept for the report of an exit
constexpr size_t kLongestLogLine = 2000;  // bytes

// The lines of a worker's output.
class LogLines {
 public:
  using Sink = std::function<void(const std::string&)>;
  explicit LogLines(Sink sink) : sink_(std::move(sink)) {}

  void push(std::string_view bytes) {
    for (const char byte : bytes) {
      if (byte != '\n' && line_.size() < kLongestLogLine)
        line_ += byte;
      else
        end_line();
    }
  }
  std::string last() {
    end_line();
    std::string text;
    for (const std::string& line : lines_) text += "\n  | " + line;
    return text;
  }

 private:
  void end_line() {
    if (line_.empty()) return;
    // Quoted without the quotes: a worker's bytes must not drive someone's terminal.
    const std::string quoted = quote_text(line_, kLongestLogLine);
    lines_.push_back(quoted.substr(1, quoted.size() - 2));
    if (lines_.size() > kLogLines) lines_.pop_front();
    line_.clear();
    sink_(lines_.back());
  }

  Sink sink_;
  std::string line_;
  std::deque<std::string> lines_;
};

std::string signal_text(int number, MemoryKills& memory_kills) {
  const char* name = sigabbrev_np(number);
  std::string text = "was killed by SIG" + std::string(name == nullptr ? "?" : name);
  if (number != SIGKILL) return text;
  if (const auto group = memory_kills.group_that_ran_out())
    return text + " of the kernel, for lack of memory (control group " + *group +
           "; `journalctl -k` tells more)";
  return text + " (if nobody sent it, the machine ran out of memory: see `journalctl -k`)";
}

}  // namespace

bool is_lasting_failure(int exit_code) {
  switch (static_cast<ErrorKind>(exit_code)) {
    case ErrorKind::kUsage:
    case ErrorKind::kConfiguration:
    case ErrorKind::kInput:
    case ErrorKind::kPlugin:
    case ErrorKind::kNumeric:
      return true;
    default:
      return false;
  }
}

class WorkerProcess::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& loop, const WorkerCommand& command, const std::string& name,
        WorkerProcessEvents events)
      : State(loop, spawn_worker(command), name, std::move(events)) {}

  void start() {
    read();
    read_log();
    handle_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](error_code error) {
                         if (!error) self->ended();
                       });
  }

  void send(const wire::Message& message) {
    if (!socket_.is_open()) return;
    wire::append_message(message, unsent_);
    write();
  }

  size_t unsent_bytes() const { return unsent_.size() + writing_.size(); }

  void kill(const std::string& why) {
    if (process_ < 0) return;
    if (why_killed_.empty()) why_killed_ = why;
    ::kill(-process_, SIGKILL);
  }

  void close_socket() {
    error_code ignored;
    socket_.close(ignored);
  }

  void abandon() {
    events_ = {};
    kill("is no longer needed");
    reap();
    close();
  }

  pid_t id() const { return process_; }

 private:
  State(asio::io_context& loop, SpawnedWorker worker, const std::string& name,
        WorkerProcessEvents events)
      : name_(name),
        process_(worker.process),
        memory_kills_(worker.process),
        socket_(loop, asio::local::stream_protocol(), worker.socket.release()),
        handle_(loop, worker.handle.release()),
        log_(loop, worker.log.release()),
        lines_([this](const std::string& line) { take_line(line); }),
        events_(std::move(events)) {
    socket_.non_blocking(true);
    log_.non_blocking(true);
  }

  void read() {
    socket_.async_read_some(asio::buffer(received_),
                            [self = shared_from_this()](error_code error, size_t bytes) {
                              if (error) return;
                              self->take(bytes);
                              if (self->socket_.is_open()) self->read();
                            });
  }

  void take(size_t bytes) {
    try {
      frames_.push({received_, bytes});
      while (const auto frame = frames_.next()) {
        const auto message = wire::read_message(frame->type, frame->payload, name_);
        // The handler may give this process up, and its own events with it.
        const auto handler = events_.on_message;
        if (!handler) return;
        handler(message);
      }
    } catch (const Error& error) {
      kill("was killed, for it sent what is no message: " + std::string(error.what()));
      socket_.close();
    }
  }

  void read_log() {
    log_.async_read_some(asio::buffer(logged_),
                         [self = shared_from_this()](error_code error, size_t bytes) {
                           if (error) return;
                           self->lines_.push({self->logged_, bytes});
                           self->read_log();
                         });
  }

  void take_line(const std::string& line) {
    // Handlers may give this process up, and its own events with it.
    if (const auto handler = events_.on_line)
      handler(line);
    else
      spdlog::info("[{}] {}", name_, line);
  }

  void write() {
    if (!writing_.empty() || unsent_.empty()) return;
    std::swap(writing_, unsent_);
    asio::async_write(socket_, asio::buffer(writing_),
                      [self = shared_from_this()](error_code error, size_t) {
                        self->writing_.clear();
                        if (error)
                          self->unsent_.clear();  // its end is on the way
                        else
                          self->write();
                      });
  }

  void ended() {
    // What it sent and logged before its end still counts.
    error_code error;
    while (socket_.is_open()) {
      const size_t bytes = socket_.read_some(asio::buffer(received_), error);
      if (error || bytes == 0) break;
      take(bytes);
    }
    error.clear();
    while (log_.is_open()) {
      const size_t bytes = log_.read_some(asio::buffer(logged_), error);
      if (error || bytes == 0) break;
      lines_.push({logged_, bytes});
    }
    const int status = reap();
    close();
    WorkerExit exit;
    if (!why_killed_.empty())
      exit.reason = why_killed_;
    else if (WIFSIGNALED(status))
      exit.reason = signal_text(WTERMSIG(status), memory_kills_);
    else
      exit.reason = "ended with exit code " + std::to_string(WEXITSTATUS(status));
    exit.code = why_killed_.empty() && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    exit.reason += lines_.last();
    const WorkerProcessEvents events = std::exchange(events_, {});
    if (events.on_exit) events.on_exit(exit);
  }

  int reap() {
    int status = 0;
    if (process_ < 0) return status;
    // Also what it started and left behind.
    ::kill(-process_, SIGKILL);
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return status;
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
    handle_.close(ignored);
    log_.close(ignored);
  }

  std::string name_;
  pid_t process_;
  MemoryKills memory_kills_;
  asio::local::stream_protocol::socket socket_;
  asio::posix::stream_descriptor handle_, log_;
  wire::FrameReader frames_;
  LogLines lines_;
  WorkerProcessEvents events_;
  std::string unsent_, writing_;
  std::string why_killed_;
  char received_[65'536];
  char logged_[4096];
};

WorkerProcess::WorkerProcess(asio::io_context& loop, const WorkerCommand& command,
                             const std::string& name, WorkerProcessEvents events)
    : state_(std::make_shared<State>(loop, command, name, std::move(events))) {
  state_->start();
}

WorkerProcess::~WorkerProcess() { state_->abandon(); }

void WorkerProcess::send(const wire::Message& message) { state_->send(message); }
size_t WorkerProcess::unsent_bytes() const { return state_->unsent_bytes(); }
void WorkerProcess::close() { state_->close_socket(); }
void WorkerProcess::kill(const std::string& why) { state_->kill(why); }
pid_t WorkerProcess::id() const { return state_->id(); }

WorkerPrograms worker_programs() {
  const auto folder = std::filesystem::canonical("/proc/self/exe").parent_path();
  return {folder / "llmasos-worker", folder / "llmasos"};
}

}  // namespace lmos::serve
