// A worker: serves one model to llmasosd over a socket until that is closed.
#pragma once

#include "formats/file_descriptor.h"

namespace lmos::worker {

// Error if the model can't be loaded, or the daemon sends what is no message.
void run_worker(FileDescriptor socket);

}  // namespace lmos::worker
