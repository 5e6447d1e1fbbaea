// An exclusive lock between processes.
#pragma once

#include <filesystem>

#include "formats/file_descriptor.h"

namespace lmos::data {

// Held from acquire() to destruction; the kernel lets go when the process dies. The empty lock file
// stays: removing it would let two processes hold locks on different files of one name. Errors:
// kResource, naming the file. One thread.
class FileLock {
 public:
  // Creates the file if it is missing; its folder must exist.
  explicit FileLock(std::filesystem::path path);

  // False if another process, or another FileLock of this one, holds it.
  bool try_acquire();
  void acquire();

 private:
  bool lock(int operation);

  std::filesystem::path path_;
  FileDescriptor descriptor_;
};

}  // namespace lmos::data
