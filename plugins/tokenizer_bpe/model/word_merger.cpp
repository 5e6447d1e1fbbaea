#include "tokenizer_bpe/model/word_merger.h"

#include <algorithm>

namespace lmos::tokenizer {
namespace {

constexpr size_t kShortWord = 48;
constexpr uint32_t kNowhere = UINT32_MAX;

}  // namespace

size_t WordMerger::merge(const MergeTable& merges, std::vector<TokenId>& symbols,
                         std::vector<uint32_t>& lengths) {
  const size_t count = symbols.size();
  if (count < 2) return count;
  return count <= kShortWord ? merge_short(merges, symbols.data(), lengths.data(), count)
                             : merge_long(merges, symbols.data(), lengths.data(), count);
}

// pairs_[i] is the merge of symbols i and i + 1.
size_t WordMerger::merge_short(const MergeTable& merges, TokenId* symbols, uint32_t* lengths,
                               size_t count) {
  pairs_.resize(count);
  for (size_t i = 0; i + 1 < count; ++i) merges.prefetch(symbols[i], symbols[i + 1]);
  for (size_t i = 0; i + 1 < count; ++i) pairs_[i] = merges.find(symbols[i], symbols[i + 1]);
  while (count > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < count; ++i) {
      if (pairs_[i].rank < pairs_[best].rank) best = i;
    }
    if (pairs_[best].rank == kNoRank) break;
    symbols[best] = pairs_[best].merged;
    lengths[best] += lengths[best + 1];
    std::copy(symbols + best + 2, symbols + count, symbols + best + 1);
    std::copy(lengths + best + 2, lengths + count, lengths + best + 1);
    std::copy(pairs_.begin() + best + 1, pairs_.begin() + count - 1, pairs_.begin() + best);
    --count;
    if (best > 0) pairs_[best - 1] = merges.find(symbols[best - 1], symbols[best]);
    if (best + 1 < count) pairs_[best] = merges.find(symbols[best], symbols[best + 1]);
  }
  return count;
}

// A heap of candidates, some stale: a candidate counts only while its pair still merges to the same
// token. A symbol that was merged into its left neighbour is kNoToken.
size_t WordMerger::merge_long(const MergeTable& merges, TokenId* symbols, uint32_t* lengths,
                              size_t count) {
  const auto after = [](const Candidate& a, const Candidate& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
  };
  heap_.clear();
  links_.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    links_[i] = {i == 0 ? kNowhere : i - 1, i + 1 == count ? kNowhere : i + 1};
    if (i + 1 == count) break;
    const Merge merge = merges.find(symbols[i], symbols[i + 1]);
    if (merge.rank != kNoRank) heap_.push_back({merge.rank, i, merge.merged});
  }
  std::make_heap(heap_.begin(), heap_.end(), after);

  const auto offer = [&](uint32_t left, uint32_t right) {
    const Merge merge = merges.find(symbols[left], symbols[right]);
    if (merge.rank == kNoRank) return;
    heap_.push_back({merge.rank, left, merge.merged});
    std::push_heap(heap_.begin(), heap_.end(), after);
  };
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), after);
    const Candidate best = heap_.back();
    heap_.pop_back();
    const uint32_t left = best.position;
    const uint32_t right = links_[left].next;
    if (symbols[left] == kNoToken || right == kNowhere ||
        merges.find(symbols[left], symbols[right]).merged != best.merged) {
      continue;
    }
    symbols[left] = best.merged;
    symbols[right] = kNoToken;
    lengths[left] += lengths[right];
    const uint32_t next = links_[right].next;
    links_[left].next = next;
    if (next != kNowhere) links_[next].previous = left;
    if (links_[left].previous != kNowhere) offer(links_[left].previous, left);
    if (next != kNowhere) offer(left, next);
  }
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    if (symbols[i] == kNoToken) continue;
    symbols[kept] = symbols[i];
    lengths[kept++] = lengths[i];
  }
  return kept;
}

}  // namespace lmos::tokenizer
