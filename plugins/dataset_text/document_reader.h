// The documents of one file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataset_files/files.h"
#include "dataset_files/splitter.h"
#include "options.h"

namespace lmos::text {

struct Document {
  uint64_t begin;    // byte of the file where it begins, without the line breaks before it
  std::string text;  // UTF-8
};

class DocumentReader {
 public:
  // Bytes [begin, end) of the file; documents are found in that part. `options` outlives the
  // reader.
  DocumentReader(const files::DataFile& file, const Options& options, uint64_t begin, uint64_t end);

  // False after the last. Throws Error(LMOS_INVALID) with the file and the byte or line of what is
  // wrong.
  bool next(Document& document);

 private:
  const Options& options_;
  std::string path_;
  bool json_lines_;
  bool separated_;
  files::Splitter splitter_;
  uint64_t line_ = 0;  // of a .jsonl file
};

}  // namespace lmos::text
