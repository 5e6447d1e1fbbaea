// The records of one file.
#pragma once

#include <memory>

#include "dataset_files/files.h"
#include "options.h"
#include "record.h"

namespace lmos::records {

class Reader {
 public:
  virtual ~Reader() = default;
  // False after the last. Throws Error(LMOS_INVALID) that begins with the place of what is no
  // record; the next call goes on behind it, unless the rest can't be told from it: then it returns
  // false.
  virtual bool next(Record& record) = 0;
};

// `options` outlives the reader.
std::unique_ptr<Reader> open_reader(const files::DataFile& file, const Options& options);

}  // namespace lmos::records
