// A file that appears under its name complete and on disk, or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "formats/output_file.h"

namespace lmos {

// Data goes to `PATH.partial-PID`; commit() flushes it, renames it to PATH, replacing what was
// there, and flushes the folder. Destroyed without commit(), it removes the partial file and leaves
// PATH as it was. A PATH that is there and no regular file (/dev/stdout, a pipe) is written to
// directly; a folder is an error. The folder of PATH must exist. One writer a path at a time.
// Errors: kResource, naming the file and the reason.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> data) { file_.write(data); }
  void write(std::string_view text) { file_.write(text); }
  void commit();

 private:
  std::filesystem::path path_;
  bool direct_;  // no partial file: what is at path_ cannot be replaced
  OutputFile file_;
  bool committed_ = false;
};

// The whole of a small file in one call.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

}  // namespace lmos
