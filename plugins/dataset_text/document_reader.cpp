#include "document_reader.h"

#include <algorithm>

#include "json_line.h"

namespace lmos::text {

namespace {

constexpr std::string_view kLineBreaks = "\r\n";

// Takes line breaks off both ends; returns how many bytes were before the rest.
size_t trim(std::string_view& text) {
  const size_t first = std::min(text.find_first_not_of(kLineBreaks), text.size());
  text.remove_prefix(first);
  text = text.substr(0, text.find_last_not_of(kLineBreaks) + 1);
  return first;
}

}  // namespace

DocumentReader::DocumentReader(const files::DataFile& file, const Options& options, uint64_t begin,
                               uint64_t end)
    : options_(options),
      path_(file.path),
      json_lines_(file.is_json_lines()),
      separated_(json_lines_ || !options.separator.empty()),
      splitter_(file.path, json_lines_ ? "\n" : options.separator,
                "set `separator` to what stands between documents",
                std::max(begin, files::byte_order_mark(file.path)), end) {}

bool DocumentReader::next(Document& document) {
  std::string_view piece;
  while (splitter_.next(piece, document.begin)) {
    ++line_;
    if (separated_) document.begin += trim(piece);
    if (piece.empty()) continue;
    document.text = files::checked_text(piece, path_, document.begin, options_.invalid);
    if (json_lines_)
      document.text = read_json_line(document.text, options_.json_field,
                                     "`" + path_ + "`:" + std::to_string(line_));
    return true;
  }
  return false;
}

}  // namespace lmos::text
