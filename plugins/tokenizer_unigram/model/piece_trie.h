// Pieces with their scores, to be found by prefix: a double array (Aoe 1989), in which a step is
// one addition and one comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// Immutable; any thread.
class PieceTrie {
 public:
  struct Entry {
    std::string_view text;  // not empty
    double score;           // not NaN
    TokenId id;
  };

  // No two entries have the same text.
  explicit PieceTrie(std::vector<Entry> entries);

  using Node = uint32_t;
  static constexpr Node kRoot = 0;

  // Moves `node` along `byte`; false where no piece goes on so.
  bool step(Node& node, char byte) const {
    const Node child = cells_[node].base + static_cast<uint8_t>(byte);
    if (cells_[child].parent != node) return false;
    node = child;
    return true;
  }
  bool ends_piece(Node node) const { return cells_[node].score == cells_[node].score; }
  // Of the piece that ends at `node`.
  double score(Node node) const { return cells_[node].score; }
  TokenId id(Node node) const { return ids_[node]; }

 private:
  static constexpr uint32_t kNoParent = std::numeric_limits<uint32_t>::max();

  struct Cell {
    uint32_t base = 0;            // of its children: they are at base + byte
    uint32_t parent = kNoParent;  // kNoParent: a free cell, or the root
    double score = std::numeric_limits<double>::quiet_NaN();  // NaN: no piece ends here
  };

  class Builder;

  std::vector<Cell> cells_;   // at least 256 from each base on
  std::vector<TokenId> ids_;  // by cell
};

}  // namespace lmos::tokenizer
