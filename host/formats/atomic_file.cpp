#include "formats/atomic_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "formats/partial_path.h"

namespace lmos {

AtomicFile::AtomicFile(const std::filesystem::path& path)
    : path_(path), file_(partial_path(path), OutputFile::Mode::kReplace) {}

AtomicFile::~AtomicFile() {
  if (!committed_) ::unlink(file_.path().c_str());
}

void AtomicFile::commit() {
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
