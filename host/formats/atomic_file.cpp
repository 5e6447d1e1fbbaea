#include "formats/atomic_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "formats/partial_path.h"

namespace lmos {
namespace {

// A device, a pipe or a socket. What cannot be looked at is left to the attempt to write.
bool is_special_file(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status)) throw_write_error("replace", path, EISDIR);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& path)
    : path_(path),
      direct_(is_special_file(path)),
      file_(direct_ ? path : partial_path(path), OutputFile::Mode::kReplace) {}

AtomicFile::~AtomicFile() {
  if (!committed_ && !direct_) ::unlink(file_.path().c_str());
}

void AtomicFile::commit() {
  if (direct_) return file_.close();
  file_.sync();
  file_.close();
  if (::rename(file_.path().c_str(), path_.c_str()) != 0)
    throw_write_error("rename " + file_.path().string() + " to", path_, errno);
  committed_ = true;
  sync_folder(containing_folder(path_));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace lmos
