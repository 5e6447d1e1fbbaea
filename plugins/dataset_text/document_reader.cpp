#include "document_reader.h"

#include <algorithm>

#include "json_line.h"
#include "llmasos/error.hpp"
#include "utf8.h"

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

std::string hexadecimal(char byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

}  // namespace

DocumentReader::DocumentReader(const TextFile& file, const Options& options, uint64_t begin,
                               uint64_t end)
    : options_(options),
      path_(file.path),
      json_lines_(file.is_json_lines()),
      separated_(json_lines_ || !options.separator.empty()),
      splitter_(file.path, json_lines_ ? "\n" : options.separator,
                std::max(begin, byte_order_mark(file.path)), end) {}

std::string DocumentReader::checked(std::string_view piece, uint64_t begin) const {
  if (options_.replace_invalid) return replace_invalid_utf8(piece);
  if (const auto invalid = find_invalid_utf8(piece))
    throw sdk::invalid("`" + path_ + "`: byte " + std::to_string(begin + *invalid) + " (" +
                       hexadecimal(piece[*invalid]) +
                       ") is no UTF-8; convert the file, or set `invalid: replace`");
  return std::string(piece);
}

bool DocumentReader::next(Document& document) {
  std::string_view piece;
  while (splitter_.next(piece, document.begin)) {
    ++line_;
    if (separated_) document.begin += trim(piece);
    if (piece.empty()) continue;
    document.text = checked(piece, document.begin);
    if (json_lines_)
      document.text = read_json_line(document.text, options_.json_field,
                                     "`" + path_ + "`:" + std::to_string(line_));
    return true;
  }
  return false;
}

}  // namespace lmos::text
