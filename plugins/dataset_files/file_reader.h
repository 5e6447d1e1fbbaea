// Part of a file, piece by piece.
#pragma once

#include <cstdint>
#include <string>

namespace lmos::files {

class FileReader {
 public:
  // Bytes [begin, end) of the file. Throws Error(LMOS_FAILED) if it can't be opened.
  FileReader(const std::string& path, uint64_t begin, uint64_t end);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  const std::string& path() const { return path_; }
  // Appends up to `bytes` more. False at the end of the part, or where the file ends now.
  bool append(std::string& text, uint64_t bytes);

 private:
  std::string path_;
  int descriptor_;
  uint64_t next_, end_;
};

// The first position at or after `offset` where a UTF-8 character begins, or the file ends.
uint64_t character_boundary(const std::string& path, uint64_t offset);

// 3 if the file begins with a UTF-8 byte order mark, else 0.
uint64_t byte_order_mark(const std::string& path);

}  // namespace lmos::files
