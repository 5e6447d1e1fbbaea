// The pipeline's `dataset` section.
#pragma once

#include <string>
#include <vector>

#include "dataset_files/split_options.h"

namespace lmos::records {

enum class Format { kTsv, kCsv, kJsonLines, kJson };

struct Options {
  files::SplitOptions splits;        // a fraction is one of the records
  std::string format;                // "auto" or a format's name
  std::vector<std::string> columns;  // empty: named by each file
  std::string each;                  // of JSON documents
  std::string text;
  bool skip_invalid = false;
};

// Throws Error(LMOS_INVALID) with the place in the file.
Options read_options(const sdk::Config& section);

// By the option, or else by the file's name. Throws Error(LMOS_INVALID) for a name that says
// nothing.
Format format_of(const Options& options, const std::string& path);

}  // namespace lmos::records
