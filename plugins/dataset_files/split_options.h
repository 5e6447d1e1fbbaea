// The fields of a `dataset` section that say which files are which split.
#pragma once

#include <string>
#include <vector>

#include "llmasos/config.hpp"

namespace lmos::files {

struct SplitOptions {
  std::vector<std::string> paths;             // files or patterns, as written
  std::vector<std::string> validation_paths;  // empty: no files of its own
  double validation_fraction = 0;             // what it is a share of, the plugin says
};

// Reads `path`, `validation` and `validation_fraction`. Throws Error(LMOS_INVALID) with the place
// in the file.
SplitOptions read_split_options(const sdk::Config& section);

// Whether `split` is "validation" and not "train". Throws Error(LMOS_UNSUPPORTED) for a name that
// is neither, and for a validation split that the options do not describe.
bool is_validation(const sdk::Config& section, const SplitOptions& options, std::string_view split);

}  // namespace lmos::files
