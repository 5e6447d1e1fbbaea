// A whole file, read-only, through a memory map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace lmos {

// Pages are read when they are touched. bytes() and text() live as long as the object, also across a move.
// Any thread may read. A file that another process shortens after the constructor returned kills
// the reader with SIGBUS; files written through AtomicFile are replaced, never shortened.
class MappedFile {
 public:
  // Error(kInput) when `path` is missing, unreadable, not a regular file, or shrinks while it is
  // opened.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  uint64_t size() const { return bytes_.size(); }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes_;
};

// Lets go of the memory of pages that lie wholly within `bytes`, a part of a mapped file; they are
// read again when they are touched.
void release_pages(std::span<const std::byte> bytes);

}  // namespace lmos
