#include "json_reader.h"

#include "dataset_files/file_reader.h"
#include "json_records.h"

namespace lmos::records {

namespace {

std::string quoted(const std::string& path) { return "`" + path + "`"; }

std::string read_all(const files::DataFile& file) {
  files::FileReader reader(file.path, files::byte_order_mark(file.path), file.bytes);
  std::string text;
  while (reader.append(text, file.bytes)) {
  }
  return text;
}

}  // namespace

JsonLinesReader::JsonLinesReader(const files::DataFile& file)
    : path_(file.path),
      lines_(file.path, "\n", "a record has to be shorter", files::byte_order_mark(file.path),
             file.bytes) {}

bool JsonLinesReader::next(Record& record) {
  std::string_view line;
  for (uint64_t begin = 0; lines_.next(line, begin);) {
    ++line_;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    record.place = quoted(path_) + ":" + std::to_string(line_);
    record.fields = parse_json_line(line, record.place);
    return true;
  }
  return false;
}

JsonDocumentReader::JsonDocumentReader(const files::DataFile& file, const std::string& each)
    : records_(find_records(parse_json(read_all(file), quoted(file.path), true), each,
                            quoted(file.path))) {}

bool JsonDocumentReader::next(Record& record) {
  if (next_ == records_.size()) return false;
  record = std::move(records_[next_++]);
  return true;
}

}  // namespace lmos::records
