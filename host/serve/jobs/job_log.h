// What a job has printed, and what the daemon says of it: STATE_FOLDER/jobs/ID.log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "formats/output_file.h"
#include "serve/jobs/last_lines.h"

namespace lmos::serve {

class JobLog {
 public:
  // Once it holds half of `most_bytes`, it goes on in a new file, and the one before that is gone.
  JobLog(std::filesystem::path folder, const std::string& id, int64_t most_bytes);

  // A disk that is full costs lines, and nothing else.
  void append(const std::string& line);
  LastLines last(size_t count) const;

 private:
  void open();

  std::filesystem::path path_, older_;
  const int64_t most_bytes_;
  int64_t bytes_ = 0;  // in the current file
  std::optional<OutputFile> file_;
};

}  // namespace lmos::serve
