// llmasos-worker: started by llmasosd, one a model.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cstdio>
#include <exception>
#include <new>

#include "errors/error.h"
#include "registry/loaded_plugins.h"
#include "wire/worker_socket.h"
#include "worker/memory_score.h"
#include "worker/worker.h"

namespace {

int report(const char* message, lmos::ErrorKind kind) {
  std::fprintf(stderr, "%s\n", message);
  return static_cast<int>(kind);
}

}  // namespace

int main() {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(lmos::wire::kWorkerSocket, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
    return report("llmasos-worker is started by llmasosd, not by hand", lmos::ErrorKind::kUsage);
  fcntl(lmos::wire::kWorkerSocket, F_SETFD, FD_CLOEXEC);
  // A worker that hangs would not notice that the daemon is gone.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Rather than the daemon, which is there for all models and replaces a worker within a second.
  lmos::worker::offer_to_memory_killer(250);
  try {
    lmos::worker::run_worker(lmos::FileDescriptor(lmos::wire::kWorkerSocket));
    lmos::registry::end_plugins();
    return 0;
  } catch (const lmos::Error& error) {
    return report(error.what(), error.kind());
  } catch (const std::bad_alloc&) {
    return report("out of memory", lmos::ErrorKind::kResource);
  } catch (const std::exception& error) {
    return report(error.what(), lmos::ErrorKind::kInternal);
  }
}
