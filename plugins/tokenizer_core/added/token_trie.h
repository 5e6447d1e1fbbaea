// Finds the longest of a set of strings at a place in text.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace lmos::tokenizer {

class TokenTrie {
 public:
  struct Found {
    size_t begin, end;  // byte offsets
    uint32_t value;
  };

  // `text` is not empty. The first of several values for one text counts.
  void add(std::string_view text, uint32_t value);

  // The leftmost occurrence at or after `from`, the longest there. False where there is none.
  bool find(std::string_view text, size_t from, Found& found) const;

  // Bytes of the longest string that `text` begins with; 0 where it begins with none.
  size_t longest_prefix(std::string_view text) const;

  bool empty() const { return nodes_.size() == 1; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Node {
    uint32_t value = kNone;
    std::vector<std::pair<uint8_t, uint32_t>> children;  // few: searched one by one
  };

  uint32_t child(uint32_t node, uint8_t byte) const;
  // The longest that begins at `begin`.
  bool find_at(std::string_view text, size_t begin, Found& found) const;

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<bool, 256> begins_{};  // bytes that some string begins with
};

}  // namespace lmos::tokenizer
