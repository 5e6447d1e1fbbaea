#include "dataset_files/file_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "llmasos/error.hpp"

namespace lmos::files {

namespace {

[[noreturn]] void fail(const std::string& path) {
  throw sdk::failed("`" + path + "` can't be read: " + std::strerror(errno));
}

}  // namespace

FileReader::FileReader(const std::string& path, uint64_t begin, uint64_t end)
    : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)), next_(begin), end_(end) {
  if (descriptor_ < 0) fail(path);
}

FileReader::~FileReader() { close(descriptor_); }

bool FileReader::append(std::string& text, uint64_t bytes) {
  const uint64_t wanted = std::min(bytes, end_ - std::min(next_, end_));
  if (wanted == 0) return false;
  const size_t before = text.size();
  text.resize(before + wanted);
  ssize_t count = -1;
  do {
    count = pread(descriptor_, text.data() + before, wanted, static_cast<off_t>(next_));
  } while (count < 0 && errno == EINTR);
  if (count < 0) fail(path_);
  text.resize(before + static_cast<size_t>(count));
  next_ += static_cast<uint64_t>(count);
  return count > 0;
}

uint64_t character_boundary(const std::string& path, uint64_t offset) {
  constexpr uint64_t kLongestCharacter = 4;  // bytes
  std::string bytes;
  FileReader(path, offset, offset + kLongestCharacter).append(bytes, kLongestCharacter);
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  const auto start = std::find_if_not(bytes.begin(), bytes.end(), continues);
  return offset + static_cast<uint64_t>(start - bytes.begin());
}

uint64_t byte_order_mark(const std::string& path) {
  std::string bytes;
  FileReader(path, 0, 3).append(bytes, 3);
  return bytes == "\xEF\xBB\xBF" ? 3 : 0;
}

}  // namespace lmos::files
