#include "formats/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace lmos {
namespace {

// Linux transfers at most 0x7ffff000 bytes a call.
constexpr size_t kMaxWriteBytes = size_t{1} << 30;

void sync_path(const std::filesystem::path& path, int flags) {
  FileDescriptor descriptor(::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) throw_write_error("open", path, errno);
  if (::fsync(descriptor.get()) != 0) throw_write_error("flush", path, errno);
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path, Mode mode) : path_(std::move(path)) {
  int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode == Mode::kAppend ? O_APPEND : O_TRUNC);
  descriptor_ = FileDescriptor(::open(path_.c_str(), flags, 0666));
  if (descriptor_.get() < 0) throw_write_error("create", path_, errno);
}

void OutputFile::write(std::span<const std::byte> data) {
  while (!data.empty()) {
    ssize_t written =
        ::write(descriptor_.get(), data.data(), std::min(data.size(), kMaxWriteBytes));
    if (written < 0) {
      if (errno == EINTR) continue;
      throw_write_error("write", path_, errno);
    }
    data = data.subspan(static_cast<size_t>(written));
  }
}

void OutputFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text.data(), text.size())));
}

void OutputFile::truncate(uint64_t bytes) {
  if (::ftruncate(descriptor_.get(), static_cast<off_t>(bytes)) != 0)
    throw_write_error("truncate", path_, errno);
}

void OutputFile::sync() {
  if (::fsync(descriptor_.get()) != 0) throw_write_error("flush", path_, errno);
}

void OutputFile::close() {
  if (::close(descriptor_.release()) != 0) throw_write_error("close", path_, errno);
}

void sync_folder(const std::filesystem::path& folder) { sync_path(folder, O_DIRECTORY); }

void sync_file(const std::filesystem::path& file) { sync_path(file, 0); }

}  // namespace lmos
