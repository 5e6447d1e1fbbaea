// Records of JSON lines and JSON documents.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset_files/splitter.h"
#include "reader.h"

namespace lmos::records {

class JsonLinesReader : public Reader {
 public:
  explicit JsonLinesReader(const files::DataFile& file);
  bool next(Record& record) override;

 private:
  std::string path_;
  files::Splitter lines_;
  uint64_t line_ = 0;
};

// Reads the document at once.
class JsonDocumentReader : public Reader {
 public:
  // `each`: see find_records.
  JsonDocumentReader(const files::DataFile& file, const std::string& each);
  bool next(Record& record) override;

 private:
  std::vector<Record> records_;
  size_t next_ = 0;
};

}  // namespace lmos::records
