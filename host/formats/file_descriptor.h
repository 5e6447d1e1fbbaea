// A file descriptor that closes itself, and the errors of calls on it.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

namespace lmos {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return descriptor_; }
  // Gives up ownership.
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

// Throw Error "cannot ACTION PATH: REASON" for a failed system call; `error_number` is its errno.
// Reading: kInput, or kResource when descriptors or memory ran out. Writing: always kResource, with
// advice.
[[noreturn]] void throw_read_error(std::string_view action, const std::filesystem::path& path,
                                   int error_number);
[[noreturn]] void throw_write_error(std::string_view action, const std::filesystem::path& path,
                                    int error_number);

}  // namespace lmos
