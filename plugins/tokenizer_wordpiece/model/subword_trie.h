// The longest token that a text begins with.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer_core/model/pair_table.h"
#include "tokenizer_core/model/vocabulary.h"

namespace lmos::tokenizer {

// Immutable after construction; any thread.
class SubwordTrie {
 public:
  // Of all tokens of the vocabulary.
  explicit SubwordTrie(const Vocabulary& vocabulary);

  // A place in the trie: what the tokens searched for begin with.
  using Node = uint32_t;
  static constexpr Node kRoot = 0, kNowhere = UINT32_MAX;
  Node descend(Node from, std::string_view text) const;

  struct Found {
    TokenId id = kNoToken;  // kNoToken: none
    size_t bytes = 0;       // of the text
  };
  // Of the tokens below `from` that take at least one byte of `text`.
  Found longest(Node from, std::string_view text) const;

 private:
  // A child's number, plus 1.
  Node child(Node node, char byte) const {
    return children_.find(node, static_cast<uint8_t>(byte)) - 1;
  }

  PairTable<uint32_t> children_;  // by node and byte
  std::vector<TokenId> tokens_;   // by node
};

}  // namespace lmos::tokenizer
