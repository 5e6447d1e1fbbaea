// The text of a YAML source: what may be in it at all, and where its bytes are for the reader of a
// message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/place.h"

namespace lmos {

// Bytes of the UTF-8 sequence at `offset`, 0 if it is malformed, overlong, a surrogate or past
// U+10FFFF.
size_t utf8_length(std::string_view text, size_t offset);

// Checked text with its line and column arithmetic.
class YamlText {
 public:
  // Takes off a byte order mark. Throws Error(kConfiguration) with the place when the text exceeds
  // `kMaxBytes`, is not UTF-8, or holds a control character other than tab, line feed and carriage
  // return.
  YamlText(std::string text, Place source);

  static constexpr size_t kMaxBytes = 1 << 20;

  const std::string& text() const { return text_; }
  const Place& source() const { return source_; }

  // The place of a byte; offsets past the end mean the end.
  Place place(size_t offset) const;

  // The first line up to and including the one of `offset` that is indented with a tab, or no place
  // (line 0) when there is none.
  Place tab_indentation(size_t offset) const;

 private:
  std::string text_;
  Place source_;
  std::vector<size_t> line_starts_;  // offset of each line's first byte, ascending
  std::vector<uint32_t>
      continuations_;  // UTF-8 continuation bytes before each offset; empty for ASCII
};

}  // namespace lmos
