// The data set that the plugin gives the host; the functions are called by sdk::dataset_interface.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "dataset_files/files.h"
#include "llmasos/config.hpp"
#include "llmasos/sink.hpp"
#include "options.h"
#include "reader.h"

namespace lmos::records {

// Records [begin, end), counted through all files.
struct Range {
  uint64_t begin = 0;
  uint64_t end = std::numeric_limits<uint64_t>::max();
};

class RecordDataset {
 public:
  // Throws Error(LMOS_UNSUPPORTED) if the section describes no such split.
  static std::unique_ptr<RecordDataset> open(const sdk::Config& section, std::string_view split);

  RecordDataset(Options options, std::vector<files::DataFile> files);
  RecordDataset(const RecordDataset&) = delete;
  RecordDataset& operator=(const RecordDataset&) = delete;

  void fingerprint(lmos_sink text) const;
  // Of the files of the split; 0 when the split is a part of them, whose bytes are not known.
  uint64_t total_bytes() const;
  bool next(lmos_sink document);
  bool next_record(sdk::ConfigWriter& record, lmos_sink place);
  void rewind();

 private:
  // Keeps the records before, or behind, the share at the end; reads the files to count them.
  void cut(bool validation);
  bool read(Record& record);
  // The next record of the files, in or out of range.
  bool read_any(Record& record);
  void report_skipped() const;

  Options options_;
  std::vector<files::DataFile> files_;
  Range range_;

  size_t file_ = 0;  // the next to open
  std::unique_ptr<Reader> reader_;
  uint64_t position_ = 0;  // records that were read
  uint64_t skipped_ = 0;
  std::string first_skipped_;  // why
};

}  // namespace lmos::records
