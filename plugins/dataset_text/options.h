// The pipeline's `dataset` section.
#pragma once

#include <string>

#include "dataset_files/checked_text.h"
#include "dataset_files/split_options.h"

namespace lmos::text {

struct Options {
  files::SplitOptions splits;  // a fraction is one of the bytes
  std::string separator;       // empty: a file is a document
  std::string json_field;      // of .jsonl files
  files::InvalidUtf8 invalid = files::InvalidUtf8::kError;
};

// Throws Error(LMOS_INVALID) with the place in the file.
Options read_options(const sdk::Config& section);

}  // namespace lmos::text
