#include "delimited_rows.h"

#include <algorithm>
#include <utility>

#include "llmasos/error.hpp"

namespace lmos::records {

void RowParser::end_field() {
  row_.push_back(std::move(field_));
  field_.clear();
}

size_t RowParser::take_quoted(std::string_view line, size_t at) {
  while (in_quotes_) {
    const size_t quote = std::min(line.find('"', at), line.size());
    field_ += line.substr(at, quote - at);
    if (quote == line.size()) {
      field_ += '\n';
      return quote;
    }
    at = quote + 1;
    if (at < line.size() && line[at] == '"') {
      field_ += '"';
      ++at;
    } else {
      in_quotes_ = false;
    }
  }
  return at;
}

bool RowParser::take_line(std::string_view line) {
  size_t at = 0;
  bool closed = false;  // the field's closing quote was read
  for (;;) {
    if (!in_quotes_ && !closed && dialect_.quotes && at < line.size() && line[at] == '"') {
      in_quotes_ = true;
      ++at;
    }
    if (in_quotes_) {
      at = take_quoted(line, at);
      if (in_quotes_) return false;
      closed = true;
    }
    const size_t end = std::min(line.find(dialect_.delimiter, at), line.size());
    std::string_view plain = line.substr(at, end - at);
    if (end == line.size() && plain.ends_with('\r')) plain.remove_suffix(1);
    if (closed && !plain.empty()) {
      const size_t field = take_row().size() + 1;
      throw sdk::invalid("text follows the closing quote of field " + std::to_string(field) +
                         "; a quote inside a quoted field is written twice");
    }
    field_ += plain;
    end_field();
    if (end == line.size()) return true;
    at = end + 1;
    closed = false;
  }
}

std::vector<std::string> RowParser::take_row() {
  field_.clear();
  in_quotes_ = false;
  return std::exchange(row_, {});
}

}  // namespace lmos::records
