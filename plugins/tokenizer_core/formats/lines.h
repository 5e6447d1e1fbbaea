// The lines of a text file, without their ends ("\n" or "\r\n").
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace lmos::tokenizer {

class Lines {
 public:
  explicit Lines(std::string_view file) : rest_(file) {}

  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    ++number_;
    const size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  // Of the line that next gave last; the first is 1.
  size_t number() const { return number_; }

 private:
  std::string_view rest_;
  size_t number_ = 0;
};

}  // namespace lmos::tokenizer
