#include "registry/probe_child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "errors/error.h"
#include "plugin_library/probe_protocol.h"
#include "plugin_library/record_text.h"

namespace lmos::registry {

namespace {

namespace protocol = probe_protocol;

constexpr size_t kLongestOutput = 1 << 20;  // bytes; a record has a few hundred
constexpr const char* kAskedAgain =
    "it is asked again by `llmasos plugins`, or once it is replaced";

PluginRecord refused(const std::filesystem::path& path, std::string reason) {
  PluginRecord record;
  record.path = path;
  record.state = PluginState::kRefused;
  record.reason = std::move(reason);
  return record;
}

// With `write_end` as the protocol's descriptor, no other output, and a process group of its own.
pid_t spawn(const std::filesystem::path& program, const std::filesystem::path& library,
            int write_end) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, write_end, protocol::kPipe);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::string program_text = program.native();
  std::string library_text = library.native();
  char* arguments[] = {program_text.data(), library_text.data(), nullptr};
  pid_t process = -1;
  const int error =
      posix_spawn(&process, program_text.c_str(), &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0)
    throw Error(ErrorKind::kPlugin, "it can't be probed: starting " + program.native() +
                                        " failed: " + std::strerror(error));
  return process;
}

}  // namespace

ProbeChild::ProbeChild(const std::filesystem::path& library, const std::filesystem::path& program,
                       std::chrono::milliseconds limit)
    : library_(library), deadline_(Clock::now() + limit), limit_(limit) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw Error(ErrorKind::kResource, std::string("no pipe for a probe: ") + std::strerror(errno));
  pipe_ = ends[0];
  fcntl(pipe_, F_SETFL, O_NONBLOCK);
  try {
    process_ = spawn(program, library, ends[1]);
  } catch (...) {
    close(ends[0]);
    close(ends[1]);
    throw;
  }
  close(ends[1]);
}

ProbeChild::~ProbeChild() {
  end();
  close(pipe_);
}

int ProbeChild::end() {
  int status = 0;
  if (process_ < 0) return status;
  // A child that is dying already keeps the status of what killed it.
  kill(-process_, SIGKILL);
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return status;
}

bool ProbeChild::read() {
  char buffer[4096];
  while (output_.size() < kLongestOutput) {
    const ssize_t count = ::read(pipe_, buffer, sizeof buffer);
    if (count > 0)
      output_.append(buffer, static_cast<size_t>(count));
    else if (count < 0 && errno == EINTR)
      continue;
    else
      return count < 0 && errno == EAGAIN;
  }
  return false;
}

ProbeResult ProbeChild::finish() {
  const int status = end();
  const std::string loading(1, protocol::kLoading);
  const std::string not_loaded = loading + protocol::kNotLoaded;
  const std::string answered = loading + protocol::kQuerying + protocol::kRecord;
  if (output_.starts_with(not_loaded))
    return {refused(library_, output_.substr(not_loaded.size())), ProbeEnd::kFailed};
  if (output_.starts_with(answered)) {
    std::string_view text = std::string_view(output_).substr(answered.size());
    if (auto record = take_record(text)) {
      record->path = library_;
      return {*std::move(record), ProbeEnd::kAnswered};
    }
  }
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (!killed || Clock::now() < deadline_) return {interrupted(status), ProbeEnd::kFailed};
  return {refused(library_, "it did not answer within " + std::to_string(limit_.count()) + " ms" +
                                stage() + "; " + kAskedAgain),
          ProbeEnd::kHung};
}

std::string ProbeChild::stage() const {
  const bool querying = output_.size() == 2 && output_.back() == protocol::kQuerying;
  return querying ? " while it was queried"
                  : " while it was loaded (a constructor, or a damaged file)";
}

PluginRecord ProbeChild::interrupted(int status) const {
  if (WIFEXITED(status))
    return refused(library_,
                   "it called exit(" + std::to_string(WEXITSTATUS(status)) + ")" + stage());
  const char* signal = sigabbrev_np(WTERMSIG(status));
  return refused(library_,
                 "it crashed with SIG" + std::string(signal == nullptr ? "?" : signal) + stage());
}

}  // namespace lmos::registry
