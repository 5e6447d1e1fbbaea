#include "formats/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "errors/error.h"
#include "formats/file_descriptor.h"

namespace lmos {
namespace {

struct stat status_of(const FileDescriptor& descriptor, const std::filesystem::path& path) {
  struct stat status;
  if (::fstat(descriptor.get(), &status) != 0) throw_read_error("inspect", path, errno);
  return status;
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a named pipe waits for a writer.
  FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) throw_read_error("open", path, errno);
  struct stat status = status_of(descriptor, path);
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorKind::kInput, "cannot read " + path.string() + ": it is not a regular file");
  if (status.st_size == 0) return;

  size_t size = static_cast<size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (address == MAP_FAILED) throw_read_error("map", path, errno);
  MappedFile mapped(std::span(static_cast<const std::byte*>(address), size));
  if (status_of(descriptor, path).st_size < status.st_size)
    throw Error(ErrorKind::kInput, "cannot read " + path.string() +
                                       ": it was shortened while it was opened; wait until its "
                                       "writer has finished");
  *this = std::move(mapped);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

void release_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<uintptr_t>(bytes.data());
  const uintptr_t begin = (address + page - 1) / page * page;
  const uintptr_t end = (address + bytes.size()) / page * page;
  // Only advice: failing costs memory, nothing else.
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace lmos
