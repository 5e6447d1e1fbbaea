// The pipeline's `dataset` section.
#pragma once

#include <string>
#include <vector>

#include "llmasos/config.hpp"

namespace lmos::text {

struct Options {
  std::vector<std::string> paths;             // files or patterns, as written
  std::vector<std::string> validation_paths;  // empty: no files of its own
  double validation_fraction = 0;             // of the bytes
  std::string separator;                      // empty: a file is a document
  std::string json_field;                     // of .jsonl files
  bool replace_invalid = false;               // bytes that are no UTF-8 become U+FFFD
};

// Throws Error(LMOS_INVALID) with the place in the file.
Options read_options(const sdk::Config& section);

}  // namespace lmos::text
