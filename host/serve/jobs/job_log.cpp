#include "serve/jobs/job_log.h"

#include <spdlog/spdlog.h>

#include "errors/error.h"

namespace lmos::serve {

JobLog::JobLog(std::filesystem::path folder, const std::string& id, int64_t most_bytes)
    : path_(folder / (id + ".log")), older_(folder / (id + ".log.1")), most_bytes_(most_bytes) {}

void JobLog::open() {
  std::filesystem::create_directories(path_.parent_path());
  file_.emplace(path_, OutputFile::Mode::kAppend);
  bytes_ = static_cast<int64_t>(std::filesystem::file_size(path_));
}

void JobLog::append(const std::string& line) {
  try {
    if (!file_) open();
    if (bytes_ > 0 && bytes_ + static_cast<int64_t>(line.size()) >= most_bytes_ / 2) {
      file_.reset();
      std::filesystem::rename(path_, older_);
      open();
    }
    file_->write(line + "\n");
    bytes_ += static_cast<int64_t>(line.size()) + 1;
  } catch (const std::exception& error) {
    spdlog::warn("a line of a job is lost: {}: {}", error.what(), line);
    file_.reset();
  }
}

LastLines JobLog::last(size_t count) const {
  const auto bytes = static_cast<size_t>(most_bytes_);
  LastLines found = last_lines(path_, count, bytes);
  if (found.lines.size() == count) return found;
  LastLines older = last_lines(older_, count - found.lines.size(), bytes);
  found.earlier = older.earlier;
  found.lines.insert(found.lines.begin(), older.lines.begin(), older.lines.end());
  return found;
}

}  // namespace lmos::serve
