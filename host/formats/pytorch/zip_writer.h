// Writing a zip archive of stored entries, front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/atomic_file.h"

namespace lmos {

// Data of entries begin at multiples of 64 bytes, so that they can be used where they lie in a map.
// Entries and archives may be larger than 4 GiB. The file is the caller's and is committed by it.
class ZipWriter {
 public:
  explicit ZipWriter(AtomicFile& file) : file_(file) {}

  // An entry of exactly `bytes`, which append() gives in pieces before the next begin() or
  // finish().
  void begin(std::string_view name, uint64_t bytes);
  void append(std::span<const std::byte> data);
  // A whole entry.
  void add(std::string_view name, std::string_view text);
  // Writes the directory.
  void finish();

 private:
  struct Entry {
    std::string name;
    uint64_t bytes, offset;
    uint32_t crc32 = 0;
  };
  void end_entry();
  void write(std::string_view text);

  AtomicFile& file_;
  std::vector<Entry> entries_;
  bool open_ = false;
  uint64_t written_ = 0;  // bytes of the file
};

}  // namespace lmos
