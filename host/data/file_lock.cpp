#include "data/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>

namespace lmos::data {

FileLock::FileLock(std::filesystem::path path)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_.get() < 0) throw_write_error("create", path_, errno);
}

bool FileLock::lock(int operation) {
  while (::flock(descriptor_.get(), operation) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw_write_error("lock", path_, errno);
  }
  return true;
}

bool FileLock::try_acquire() { return lock(LOCK_EX | LOCK_NB); }

void FileLock::acquire() { lock(LOCK_EX); }

}  // namespace lmos::data
