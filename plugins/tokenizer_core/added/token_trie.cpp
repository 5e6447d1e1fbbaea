#include "tokenizer_core/added/token_trie.h"

namespace lmos::tokenizer {

uint32_t TokenTrie::child(uint32_t node, uint8_t byte) const {
  for (const auto& [label, target] : nodes_[node].children) {
    if (label == byte) return target;
  }
  return kNone;
}

void TokenTrie::add(std::string_view text, uint32_t value) {
  begins_[static_cast<uint8_t>(text[0])] = true;
  uint32_t node = 0;
  for (const char character : text) {
    const auto byte = static_cast<uint8_t>(character);
    uint32_t next = child(node, byte);
    if (next == kNone) {
      next = static_cast<uint32_t>(nodes_.size());
      nodes_[node].children.emplace_back(byte, next);
      nodes_.emplace_back();
    }
    node = next;
  }
  if (nodes_[node].value == kNone) nodes_[node].value = value;
}

bool TokenTrie::find_at(std::string_view text, size_t begin, Found& found) const {
  bool any = false;
  uint32_t node = 0;
  for (size_t end = begin; end < text.size();) {
    node = child(node, static_cast<uint8_t>(text[end]));
    if (node == kNone) break;
    ++end;
    if (nodes_[node].value == kNone) continue;
    found = {begin, end, nodes_[node].value};
    any = true;
  }
  return any;
}

bool TokenTrie::find(std::string_view text, size_t from, Found& found) const {
  if (empty()) return false;
  for (size_t begin = from; begin < text.size(); ++begin) {
    if (begins_[static_cast<uint8_t>(text[begin])] && find_at(text, begin, found)) return true;
  }
  return false;
}

size_t TokenTrie::longest_prefix(std::string_view text) const {
  Found found{};
  return find_at(text, 0, found) ? found.end : 0;
}

}  // namespace lmos::tokenizer
