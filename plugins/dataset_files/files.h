// The files that a data set consists of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lmos::files {

struct DataFile {
  std::string path;
  uint64_t bytes = 0;
  int64_t modified_ns = 0;

  bool is_json_lines() const { return path.ends_with(".jsonl"); }
};

// The regular files that the names and patterns stand for; what a pattern matches is sorted. Throws
// Error(LMOS_INVALID) for a name without a file, and for a file that can't be read.
std::vector<DataFile> find_files(const std::vector<std::string>& patterns);

uint64_t total_bytes(const std::vector<DataFile>& files);

}  // namespace lmos::files
