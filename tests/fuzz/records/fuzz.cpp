// Whatever the bytes, the parsers of records throw an Error that says LMOS_INVALID, or give rows
// and records; a row that is written by the rules of CSV is read back as it was.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dataset_records/delimited_rows.h"
#include "dataset_records/json_records.h"
#include "llmasos/error.hpp"

namespace {

using namespace lmos::records;
namespace sdk = lmos::sdk;

void expect_invalid(const sdk::Error& error) {
  if (error.status() != LMOS_INVALID) std::abort();
}

bool take_lines(RowParser& parser, std::string_view text) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (parser.take_line(text.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

void expect_same_after_writing(const std::vector<std::string>& row) {
  std::string line;
  for (const std::string& field : row) {
    line += line.empty() ? "\"" : ",\"";
    for (const char c : field) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  RowParser parser(kCsv);
  if (!take_lines(parser, line) || parser.take_row() != row) std::abort();
}

void read_rows(std::string_view text, Dialect dialect) {
  RowParser parser(dialect);
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    try {
      if (parser.take_line(text.substr(begin, end - begin)))
        expect_same_after_writing(parser.take_row());
    } catch (const sdk::Error& error) {
      expect_invalid(error);
      if (parser.in_row()) std::abort();
    }
    begin = end + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_rows(text, kTsv);
  read_rows(text, kCsv);
  for (const char* each : {"", "data.paragraphs.qas", "data", "."}) {
    try {
      find_records(parse_json(text, "input", true), each, "input");
    } catch (const sdk::Error& error) {
      expect_invalid(error);
    }
  }
  return 0;
}
