#include "delimited_reader.h"

#include <algorithm>

#include "dataset_files/checked_text.h"
#include "dataset_files/file_reader.h"
#include "llmasos/error.hpp"

namespace lmos::records {

namespace {

constexpr std::string_view kDropped = "_";

}  // namespace

DelimitedReader::DelimitedReader(const files::DataFile& file, Dialect dialect,
                                 std::vector<std::string> columns)
    : path_(file.path),
      lines_(file.path, "\n", "a row has to be shorter", files::byte_order_mark(file.path),
             file.bytes),
      rows_(dialect),
      columns_(std::move(columns)) {
  if (columns_.empty() && !next_row(columns_)) fail("there is no line that names the columns");
  check_columns();
}

std::string DelimitedReader::place() const {
  return "`" + path_ + "`:" + std::to_string(row_line_);
}

void DelimitedReader::fail(const std::string& message) const {
  throw sdk::invalid(place() + ": " + message);
}

void DelimitedReader::check_columns() const {
  for (auto column = columns_.begin(); column != columns_.end(); ++column) {
    if (column->empty()) fail("a column has no name");
    if (*column != kDropped && std::find(columns_.begin(), column, *column) != column)
      fail("two columns are named `" + *column + "`");
  }
}

bool DelimitedReader::next_row(std::vector<std::string>& row) {
  std::string_view line;
  uint64_t begin = 0;
  uint64_t bytes = 0;  // of the row
  while (lines_.next(line, begin)) {
    ++line_;
    if (!rows_.in_row()) {
      if (line.empty() || line == "\r") continue;
      row_line_ = line_;
      bytes = 0;
    }
    bytes += line.size() + 1;
    if (bytes > files::kLargestPiece) {
      rows_.take_row();
      fail("a quoted field is not closed within " + std::to_string(files::kLargestPiece >> 20) +
           " MB");
    }
    try {
      if (!rows_.take_line(files::checked_text(line, path_, begin, files::InvalidUtf8::kError)))
        continue;
    } catch (const sdk::Error& error) {
      rows_.take_row();
      fail(error.what());
    }
    row = rows_.take_row();
    return true;
  }
  if (!rows_.in_row()) return false;
  rows_.take_row();
  fail("a quoted field is not closed before the end of the file");
}

bool DelimitedReader::next(Record& record) {
  std::vector<std::string> row;
  if (!next_row(row)) return false;
  if (row.size() != columns_.size())
    fail("this row has " + std::to_string(row.size()) + " fields, not " +
         std::to_string(columns_.size()) + "; set `columns` if the file does not name them");
  record.fields.clear();
  for (size_t i = 0; i < row.size(); ++i)
    if (columns_[i] != kDropped) record.fields[columns_[i]] = row[i];
  record.place = place();
  return true;
}

}  // namespace lmos::records
