#include "dataset_files/files.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "llmasos/error.hpp"

namespace lmos::files {

namespace {

DataFile examine(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || access(path.c_str(), R_OK) != 0)
    throw sdk::invalid("`" + path + "` can't be read: " + std::strerror(errno));
  if (S_ISDIR(status.st_mode))
    throw sdk::invalid("`" + path + "` is a folder; name its files, for instance `" + path +
                       "/*.txt`");
  if (!S_ISREG(status.st_mode)) throw sdk::invalid("`" + path + "` is not a regular file");
  return {.path = path,
          .bytes = static_cast<uint64_t>(status.st_size),
          .modified_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

bool is_pattern(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found = {};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> release(&found, globfree);
  const int status = glob(pattern.c_str(), 0, nullptr, &found);
  if (status == GLOB_NOMATCH) throw sdk::invalid("no file matches `" + pattern + "`");
  if (status != 0) throw sdk::failed("the files of `" + pattern + "` can't be listed");
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

}  // namespace

std::vector<DataFile> find_files(const std::vector<std::string>& patterns) {
  std::vector<DataFile> files;
  for (const std::string& pattern : patterns) {
    // A file whose name looks like a pattern is meant as the file.
    if (!is_pattern(pattern) || access(pattern.c_str(), F_OK) == 0) {
      files.push_back(examine(pattern));
      continue;
    }
    for (const std::string& path : matches(pattern)) files.push_back(examine(path));
  }
  return files;
}

uint64_t total_bytes(const std::vector<DataFile>& files) {
  uint64_t sum = 0;
  for (const DataFile& file : files) sum += file.bytes;
  return sum;
}

}  // namespace lmos::files
