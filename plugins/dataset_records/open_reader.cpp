#include "delimited_reader.h"
#include "json_reader.h"
#include "reader.h"

namespace lmos::records {

std::unique_ptr<Reader> open_reader(const files::DataFile& file, const Options& options) {
  switch (format_of(options, file.path)) {
    case Format::kTsv:
      return std::make_unique<DelimitedReader>(file, kTsv, options.columns);
    case Format::kCsv:
      return std::make_unique<DelimitedReader>(file, kCsv, options.columns);
    case Format::kJsonLines:
      return std::make_unique<JsonLinesReader>(file);
    case Format::kJson:
      return std::make_unique<JsonDocumentReader>(file, options.each);
  }
  throw sdk::failed("a format without a reader");
}

}  // namespace lmos::records
