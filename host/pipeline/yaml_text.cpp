#include "pipeline/yaml_text.h"

#include <algorithm>

#include "errors/error.h"
#include "pipeline/config_tree.h"
#include "pipeline/quoted_text.h"

namespace lmos {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool is_forbidden_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

}  // namespace

size_t utf8_length(std::string_view text, size_t offset) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - offset < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[offset + i])) return 0;
  }
  const unsigned second = byte(1);
  if (lead == 0xE0 && second < 0xA0) return 0;  // overlong
  if (lead == 0xED && second > 0x9F) return 0;  // surrogates
  if (lead == 0xF0 && second < 0x90) return 0;  // overlong
  if (lead == 0xF4 && second > 0x8F) return 0;  // past U+10FFFF
  return length;
}

YamlText::YamlText(std::string text, Place source)
    : text_(std::move(text)), source_(std::move(source)) {
  if (text_.size() > kMaxBytes) {
    throw Error(ErrorKind::kConfiguration,
                source_.text() + ": " + std::to_string(text_.size()) +
                    " bytes are too many for a configuration (at most 1 MiB)");
  }
  if (text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);

  line_starts_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i) {
    const bool lone_return = text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n');
    if (text_[i] == '\n' || lone_return) line_starts_.push_back(i + 1);
  }
  if (std::any_of(text_.begin(), text_.end(), is_continuation)) {
    continuations_.reserve(text_.size() + 1);
    continuations_.push_back(0);
    for (const char c : text_) continuations_.push_back(continuations_.back() + is_continuation(c));
  }

  for (size_t i = 0; i < text_.size();) {
    const size_t length = utf8_length(text_, i);
    if (length == 0) {
      throw Error(ErrorKind::kConfiguration,
                  place(i).text() + ": not UTF-8 text; save the file in UTF-8");
    }
    if (is_forbidden_control(text_[i])) {
      throw Error(ErrorKind::kConfiguration, place(i).text() + ": control character " +
                                                 in_quotes(text_.substr(i, 1)) +
                                                 "; is this a text file?");
    }
    i += length;
  }
}

Place YamlText::place(size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const size_t start = *(next - 1);
  size_t column = offset - start;
  if (!continuations_.empty()) column -= continuations_[offset] - continuations_[start];
  return source_.at(static_cast<int>(next - line_starts_.begin()), static_cast<int>(column) + 1);
}

Place YamlText::tab_indentation(size_t offset) const {
  for (const size_t start : line_starts_) {
    if (start > offset) break;
    const size_t content = text_.find_first_not_of(" \t", start);
    if (content == std::string::npos || text_[content] == '\n' || text_[content] == '\r' ||
        text_[content] == '#') {
      continue;
    }
    const size_t tab = text_.find('\t', start);
    if (tab < content) return place(tab);
  }
  return {};
}

}  // namespace lmos
