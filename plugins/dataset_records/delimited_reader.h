// Records of TSV and CSV files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset_files/splitter.h"
#include "delimited_rows.h"
#include "reader.h"

namespace lmos::records {

class DelimitedReader : public Reader {
 public:
  // `columns` empty: the first row names them.
  DelimitedReader(const files::DataFile& file, Dialect dialect, std::vector<std::string> columns);

  bool next(Record& record) override;

 private:
  // The next row that is not an empty line; false after the last. Its first line is row_line_.
  bool next_row(std::vector<std::string>& row);
  std::string place() const;
  [[noreturn]] void fail(const std::string& message) const;
  void check_columns() const;

  std::string path_;
  files::Splitter lines_;
  RowParser rows_;
  std::vector<std::string> columns_;
  uint64_t line_ = 0, row_line_ = 0;
};

}  // namespace lmos::records
