#include "serve/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "errors/error.h"
#include "serve/worker_process.h"
#include "wire/worker_socket.h"

namespace lmos::serve {
namespace {

[[noreturn]] void fail(const std::string& what, int error) {
  throw Error(ErrorKind::kResource, what + " failed: " + std::strerror(error));
}

void make_non_blocking(int descriptor) {
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

// posix_spawn's dup2 to the same number would leave the descriptor closed on exec.
FileDescriptor above(FileDescriptor descriptor, int lowest) {
  if (descriptor.get() > lowest) return descriptor;
  const int moved = fcntl(descriptor.get(), F_DUPFD_CLOEXEC, lowest + 1);
  if (moved < 0) fail("moving a descriptor", errno);
  return FileDescriptor(moved);
}

struct FileActions {
  posix_spawn_file_actions_t value;
  FileActions() { posix_spawn_file_actions_init(&value); }
  ~FileActions() { posix_spawn_file_actions_destroy(&value); }
};

struct Attributes {
  posix_spawnattr_t value;
  Attributes() { posix_spawnattr_init(&value); }
  ~Attributes() { posix_spawnattr_destroy(&value); }
};

// In a process group of its own, so that Ctrl-C reaches the daemon only and a kill reaches what the
// worker started; with the signals as a new program expects them.
pid_t spawn(const WorkerCommand& command, int socket, int log) {
  FileActions files;
  posix_spawn_file_actions_addopen(&files.value, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files.value, log, 1);
  posix_spawn_file_actions_adddup2(&files.value, log, 2);
  posix_spawn_file_actions_adddup2(&files.value, socket, wire::kWorkerSocket);
  // Listening sockets and clients' connections among them: Asio does not close its own on exec.
  posix_spawn_file_actions_addclosefrom_np(&files.value, wire::kWorkerSocket + 1);
  Attributes attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes.value, &none);
  posix_spawnattr_setsigdefault(&attributes.value, &all);
  posix_spawnattr_setpgroup(&attributes.value, 0);
  posix_spawnattr_setflags(&attributes.value,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string program = command.program.native();
  std::vector<std::string> words = command.words;
  std::vector<char*> arguments = {program.data()};
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = -1;
  const int error = posix_spawn(&process, program.c_str(), &files.value, &attributes.value,
                                arguments.data(), environ);
  if (error != 0) fail("starting " + program, error);
  return process;
}

}  // namespace

SpawnedWorker spawn_worker(const WorkerCommand& command) {
  int sockets[2], pipe[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    fail("making a socket", errno);
  SpawnedWorker worker;
  worker.socket = FileDescriptor(sockets[0]);
  const FileDescriptor their_socket = above(FileDescriptor(sockets[1]), wire::kWorkerSocket);
  if (pipe2(pipe, O_CLOEXEC) != 0) fail("making a pipe", errno);
  worker.log = FileDescriptor(pipe[0]);
  const FileDescriptor their_log = above(FileDescriptor(pipe[1]), wire::kWorkerSocket);
  make_non_blocking(worker.socket.get());
  make_non_blocking(worker.log.get());

  worker.process = spawn(command, their_socket.get(), their_log.get());
  const auto handle = static_cast<int>(syscall(SYS_pidfd_open, worker.process, 0));
  if (handle < 0) {
    const int error = errno;
    kill(-worker.process, SIGKILL);
    waitpid(worker.process, nullptr, 0);
    fail("watching a worker (pidfd_open)", error);
  }
  worker.handle = FileDescriptor(handle);
  make_non_blocking(worker.handle.get());
  return worker;
}

}  // namespace lmos::serve
