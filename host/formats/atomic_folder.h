// A folder that appears under its name complete and on disk, or not at all.
#pragma once

#include <filesystem>

namespace lmos {

// Files are written into staging(), which is `PATH.partial-PID`; commit() flushes every file and
// folder in it and gives it its name. Destroyed without commit(), it removes the staging folder and
// leaves PATH as it was. Missing parent folders are created; a staging folder left by a killed
// process of the same id is emptied. One writer a path at a time. Errors: kResource, naming the
// file and the reason.
class AtomicFolder {
 public:
  explicit AtomicFolder(const std::filesystem::path& path);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  const std::filesystem::path& staging() const { return staging_; }
  // An existing PATH is exchanged with the new folder in one step and then removed. On a file
  // system that cannot exchange, the old one is renamed to `PATH.replaced-PID` first, where a crash
  // between the two renames leaves it.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path staging_;
  bool committed_ = false;
};

}  // namespace lmos
