// Starts a worker with its end of the socket and its log.
#pragma once

#include <sys/types.h>

#include "formats/file_descriptor.h"

namespace lmos::serve {

struct SpawnedWorker {
  pid_t process = -1;     // leader of a process group of its own
  FileDescriptor handle;  // pidfd: readable once the process has ended
  FileDescriptor socket;  // our end
  FileDescriptor log;     // what it writes to its standard output and error
};

struct WorkerCommand;

// All descriptors are non-blocking and closed on exec. Error(kResource) that says what failed.
SpawnedWorker spawn_worker(const WorkerCommand& command);

}  // namespace lmos::serve
