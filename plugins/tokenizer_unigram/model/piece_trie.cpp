#include "tokenizer_unigram/model/piece_trie.h"

#include <algorithm>

namespace lmos::tokenizer {
namespace {

constexpr uint32_t kLabels = 256;
// Free cells further than this from the end are not filled any more: so the time for a node is
// bounded.
constexpr uint32_t kSearchedCells = 16 * kLabels;

}  // namespace

// Places the nodes level by level; a node's children stand together in the sorted entries.
class PieceTrie::Builder {
 public:
  Builder(PieceTrie& trie, const std::vector<Entry>& entries) : trie_(trie), entries_(entries) {
    grow();
    pending_.push_back({kRoot, 0, 0, entries.size()});
    for (size_t i = 0; i < pending_.size(); ++i) {
      const Pending node = pending_[i];
      place(node);
    }
  }

 private:
  // A node whose children are not placed: entries [begin, end) go through it, `depth` bytes deep.
  struct Pending {
    Node node;
    size_t depth, begin, end;
  };

  void place(Pending node) {
    if (entries_[node.begin].text.size() == node.depth) {
      trie_.cells_[node.node].score = entries_[node.begin].score;
      trie_.ids_[node.node] = entries_[node.begin].id;
      if (++node.begin == node.end) return;
    }
    labels_.clear();
    size_t first_child = pending_.size();
    for (size_t i = node.begin; i < node.end;) {
      const char label = entries_[i].text[node.depth];
      const size_t begin = i;
      while (i < node.end && entries_[i].text[node.depth] == label) ++i;
      labels_.push_back(static_cast<uint8_t>(label));
      pending_.push_back({0, node.depth + 1, begin, i});
    }
    const uint32_t base = find_base();
    trie_.cells_[node.node].base = base;
    for (const uint8_t label : labels_) {
      take(base + label);
      trie_.cells_[base + label].parent = node.node;
      pending_[first_child++].node = base + label;
    }
  }

  bool is_free(uint32_t cell) const {
    return trie_.cells_[cell].parent == kNoParent && cell != kRoot;
  }

  // A base for labels_ that puts every child in a free cell.
  uint32_t find_base() {
    const uint32_t size = static_cast<uint32_t>(trie_.cells_.size());
    const uint32_t oldest = size > kSearchedCells ? size - kSearchedCells : 0;
    while (next_free_[0] < oldest) take(next_free_[0]);  // given up
    for (uint32_t cell = next_free_[0]; cell < size; cell = next_free_[cell]) {
      if (cell <= labels_[0]) continue;  // bases are above 0
      const uint32_t base = cell - labels_[0];
      if (base + kLabels > size) break;
      if (std::all_of(labels_.begin(), labels_.end(),
                      [&](uint8_t label) { return is_free(base + label); }))
        return base;
    }
    grow();
    return size;
  }

  // The free cells are a list from the root's cell, where it begins, to the size, where it ends.
  void grow() {
    const uint32_t size = static_cast<uint32_t>(trie_.cells_.size());
    trie_.cells_.resize(size + kLabels);
    trie_.ids_.resize(size + kLabels, kNoToken);
    next_free_.resize(size + kLabels + 1);
    previous_free_.resize(size + kLabels + 1);
    for (uint32_t cell = size; cell < size + kLabels; ++cell) {
      next_free_[cell] = cell + 1;
      previous_free_[cell + 1] = cell;
    }
    // The end of the list before, previous_free_[size], has `size` as its next.
  }

  void take(uint32_t cell) {
    next_free_[previous_free_[cell]] = next_free_[cell];
    previous_free_[next_free_[cell]] = previous_free_[cell];
  }

  PieceTrie& trie_;
  const std::vector<Entry>& entries_;
  std::vector<Pending> pending_;
  std::vector<uint8_t> labels_;
  std::vector<uint32_t> next_free_, previous_free_;
};

PieceTrie::PieceTrie(std::vector<Entry> entries) {
  if (entries.empty()) {
    cells_.resize(kLabels);
    ids_.resize(kLabels, kNoToken);
    return;
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.text < b.text; });
  Builder(*this, entries);
}

}  // namespace lmos::tokenizer
