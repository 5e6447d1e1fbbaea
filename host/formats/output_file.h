// A file that is written front to back, where every failure is an Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "formats/file_descriptor.h"

namespace lmos {

// Unbuffered: what write() returned from is in the kernel, so a crash of this process loses
// nothing. Every function throws Error(kResource) that names the file and the reason. One thread at
// a time.
class OutputFile {
 public:
  enum class Mode {
    kReplace,  // an existing file is emptied
    kAppend,   // every write goes to the end
  };
  OutputFile(std::filesystem::path path, Mode mode);

  void write(std::span<const std::byte> data);
  void write(std::string_view text);
  // Cuts the file to its first `bytes`.
  void truncate(uint64_t bytes);
  // Returns once the data is on the disk.
  void sync();
  // The destructor closes too, but cannot report what a network file system refuses only then.
  void close();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  FileDescriptor descriptor_;
};

// Makes the entries of `folder` (creations, renames) survive a power loss.
void sync_folder(const std::filesystem::path& folder);

// Writes the data of a file that somebody else wrote to the disk.
void sync_file(const std::filesystem::path& file);

}  // namespace lmos
