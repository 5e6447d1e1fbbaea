#include "isolated.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "check.h"

namespace lmos::check {

namespace {

constexpr char kPassed = 'p', kSkipped = 's', kFailed = 'f';
constexpr size_t kLongestMessage = 1 << 16;

void send(int pipe, char result, std::string_view message) {
  std::string bytes = result + std::string(message.substr(0, kLongestMessage - 1));
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t count = write(pipe, rest.data(), rest.size());
    if (count <= 0) return;
    rest.remove_prefix(static_cast<size_t>(count));
  }
}

[[noreturn]] void child(int pipe, const std::function<void()>& body) {
  setpgid(0, 0);
  for (int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) signal(crash, SIG_DFL);
  try {
    body();
    send(pipe, kPassed, "");
  } catch (const Skipped& reason) {
    send(pipe, kSkipped, reason.what());
  } catch (const std::exception& error) {
    send(pipe, kFailed, error.what());
  } catch (...) {
    send(pipe, kFailed, "an exception of unknown type");
  }
  std::fflush(nullptr);
  _exit(0);
}

// All that comes through the pipe; false if it did not end in time.
bool receive(int pipe, std::chrono::seconds limit, std::string& bytes) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait = {pipe, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(left.count())) <= 0) continue;
    char buffer[4096];
    const ssize_t count = read(pipe, buffer, sizeof buffer);
    if (count <= 0 || bytes.size() > kLongestMessage) return true;
    bytes.append(buffer, static_cast<size_t>(count));
  }
}

Outcome interrupted(int status, bool in_time, std::chrono::seconds limit) {
  if (!in_time)
    return {Result::kFailed, "it did not end within " + std::to_string(limit.count()) + " s"};
  if (WIFEXITED(status))
    return {Result::kFailed, "it called exit(" + std::to_string(WEXITSTATUS(status)) + ")"};
  const char* name = sigabbrev_np(WTERMSIG(status));
  return {Result::kFailed, "it crashed with SIG" + std::string(name == nullptr ? "?" : name)};
}

}  // namespace

Outcome run_isolated(const std::function<void()>& body, std::chrono::seconds limit) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe for a check");
  std::fflush(nullptr);
  const pid_t process = fork();
  if (process < 0) throw std::runtime_error("no process for a check");
  if (process == 0) {
    close(ends[0]);
    child(ends[1], body);
  }
  setpgid(process, process);
  close(ends[1]);
  std::string bytes;
  const bool in_time = receive(ends[0], limit, bytes);
  close(ends[0]);
  kill(-process, SIGKILL);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (bytes.empty()) return interrupted(status, in_time, limit);
  const Result result = bytes[0] == kPassed    ? Result::kPassed
                        : bytes[0] == kSkipped ? Result::kSkipped
                                               : Result::kFailed;
  return {result, bytes.substr(1)};
}

}  // namespace lmos::check
