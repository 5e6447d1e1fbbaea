// A compiled regular expression over UTF-8 text.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lmos::tokenizer {

// Byte offsets into the text that was searched: [begin, end).
struct Match {
  size_t begin;
  size_t end;
};

// Immutable after construction: any number of threads may search with one.
class Regex {
 public:
  // `pattern` in Oniguruma's Ruby syntax. Throws TokenizerError if it can't be compiled.
  explicit Regex(std::string_view pattern);

  // The first match at or after byte `from` of `text`, which must be valid UTF-8 with a character
  // boundary at `from`. Throws TokenizerError where the pattern backtracks without end.
  std::optional<Match> find(std::string_view text, size_t from) const;

  // A lower bound.
  size_t shortest_match_bytes() const;

 private:
  struct Code;
  std::string pattern_;
  std::shared_ptr<const Code> code_;
};

}  // namespace lmos::tokenizer
