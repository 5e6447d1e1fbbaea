#include "tokenizer_wordpiece/model/subword_trie.h"

namespace lmos::tokenizer {

SubwordTrie::SubwordTrie(const Vocabulary& vocabulary) : tokens_(1, kNoToken) {
  for (TokenId id = 0; id < vocabulary.largest_id_plus_one(); ++id) {
    if (!vocabulary.contains(id)) continue;
    Node node = kRoot;
    for (const char byte : vocabulary.token(id)) {
      uint32_t& next = children_.at(node, static_cast<uint8_t>(byte));
      if (next == 0) {
        tokens_.push_back(kNoToken);
        next = static_cast<uint32_t>(tokens_.size());
      }
      node = next - 1;
    }
    tokens_[node] = id;
  }
}

SubwordTrie::Node SubwordTrie::descend(Node from, std::string_view text) const {
  for (size_t i = 0; i < text.size() && from != kNowhere; ++i) from = child(from, text[i]);
  return from;
}

SubwordTrie::Found SubwordTrie::longest(Node from, std::string_view text) const {
  Found found;
  for (size_t i = 0; i < text.size() && from != kNowhere;) {
    from = child(from, text[i++]);
    if (from != kNowhere && tokens_[from] != kNoToken) found = {tokens_[from], i};
  }
  return found;
}

}  // namespace lmos::tokenizer
