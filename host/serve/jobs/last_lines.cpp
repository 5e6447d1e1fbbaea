#include "serve/jobs/last_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "formats/file_descriptor.h"

namespace lmos::serve {
namespace {

struct Window {
  uint64_t begin = 0;  // of the text in the file
  std::string text;
};

// Nothing that a job made of the file may block the reader, or lead it elsewhere.
FileDescriptor open_lines(const std::filesystem::path& path, uint64_t& size) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  size = static_cast<uint64_t>(status.st_size);
  return file;
}

Window read_window(const FileDescriptor& file, uint64_t begin, uint64_t end) {
  Window window{begin, std::string(end - begin, '\0')};
  size_t done = 0;
  while (done < window.text.size()) {
    const ssize_t bytes = ::pread(file.get(), window.text.data() + done, window.text.size() - done,
                                  static_cast<off_t>(begin + done));
    if (bytes <= 0) break;
    done += static_cast<size_t>(bytes);
  }
  window.text.resize(done);
  return window;
}

LastLines cut(const Window& window) {
  LastLines found;
  found.end = window.begin;
  std::string_view rest = window.text;
  for (size_t end; (end = rest.find('\n')) != std::string_view::npos;) {
    found.lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    found.end += end + 1;
  }
  return found;
}

}  // namespace

LastLines last_lines(const std::filesystem::path& path, size_t count, size_t bytes) {
  uint64_t size = 0;
  const FileDescriptor file = open_lines(path, size);
  if (file.get() < 0) return {};
  const uint64_t begin = size - std::min<uint64_t>(size, bytes);
  LastLines found = cut(read_window(file, begin, size));
  found.earlier = begin > 0;
  // The first one may be the rest of a line.
  if (begin > 0 && !found.lines.empty()) found.lines.erase(found.lines.begin());
  if (found.lines.size() > count) {
    found.lines.erase(found.lines.begin(), found.lines.end() - static_cast<std::ptrdiff_t>(count));
    found.earlier = true;
  }
  return found;
}

LastLines lines_from(const std::filesystem::path& path, uint64_t begin, size_t bytes) {
  uint64_t size = 0;
  const FileDescriptor file = open_lines(path, size);
  LastLines none;
  none.end = begin;
  if (file.get() < 0 || begin >= size) return none;
  return cut(read_window(file, begin, std::min<uint64_t>(size, begin + bytes)));
}

}  // namespace lmos::serve
