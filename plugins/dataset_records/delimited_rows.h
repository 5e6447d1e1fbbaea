// Rows of fields between delimiters, as TSV and CSV files hold them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lmos::records {

struct Dialect {
  char delimiter;
  bool quotes;  // a field may stand between double quotes, and then hold delimiters, line breaks
                // and doubled quotes (RFC 4180)
};
inline constexpr Dialect kTsv = {'\t', false};
inline constexpr Dialect kCsv = {',', true};

// Takes a row line by line.
class RowParser {
 public:
  explicit RowParser(Dialect dialect) : dialect_(dialect) {}

  // `line` without its line feed. True when the row is complete, false when a quoted field goes on
  // in the next line. Throws Error(LMOS_INVALID) for text behind a closing quote; then the row is
  // dropped.
  bool take_line(std::string_view line);
  // Whether a row was begun and not completed.
  bool in_row() const { return in_quotes_; }
  // Of the completed row; the parser begins a new one.
  std::vector<std::string> take_row();

 private:
  void end_field();
  // The part of a quoted field in `line` from `at` on; returns the position behind it.
  size_t take_quoted(std::string_view line, size_t at);

  Dialect dialect_;
  std::vector<std::string> row_;
  std::string field_;
  bool in_quotes_ = false;
};

}  // namespace lmos::records
