#include "formats/atomic_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "formats/output_file.h"
#include "formats/partial_path.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

// "runs/demo/" names the same folder as "runs/demo", but has no file name to append to.
fs::path without_trailing_slash(const fs::path& path) {
  fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

void remove_tree(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) throw_write_error("remove", folder, error.value());
}

void sync_tree(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_symlink()) continue;
    if (entry->is_directory()) {
      sync_tree(entry->path());
    } else {
      sync_file(entry->path());
    }
  }
  if (error) throw_write_error("list", folder, error.value());
  sync_folder(folder);
}

void rename_folder(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    throw_write_error("rename " + from.string() + " to", to, errno);
}

// Returns where the folder that was at `path` is now.
fs::path exchange_folders(const fs::path& fresh, const fs::path& path) {
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0)
    return fresh;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
    throw_write_error("exchange " + fresh.string() + " with", path, errno);
  fs::path replaced = path;
  replaced += ".replaced-" + std::to_string(::getpid());
  remove_tree(replaced);
  rename_folder(path, replaced);
  rename_folder(fresh, path);
  return replaced;
}

}  // namespace

AtomicFolder::AtomicFolder(const fs::path& path)
    : path_(without_trailing_slash(path)), staging_(partial_path(path_)) {
  std::error_code error;
  fs::file_status status = fs::status(path_, error);
  if (fs::exists(status) && !fs::is_directory(status)) throw_write_error("replace", path_, ENOTDIR);
  remove_tree(staging_);
  fs::create_directories(staging_, error);
  if (error) throw_write_error("create", staging_, error.value());
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(staging_, ignored);
}

void AtomicFolder::commit() {
  sync_tree(staging_);
  std::error_code ignored;
  fs::path replaced;
  if (fs::exists(fs::symlink_status(path_, ignored))) {
    replaced = exchange_folders(staging_, path_);
  } else {
    rename_folder(staging_, path_);
  }
  committed_ = true;
  sync_folder(containing_folder(path_));
  if (!replaced.empty()) remove_tree(replaced);
}

}  // namespace lmos
