// The most probable segmentation of a text: the one whose pieces' scores have the largest sum.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tokenizer_core/text/utf8.h"
#include "tokenizer_unigram/model/piece_trie.h"

namespace lmos::tokenizer {

// `Score` holds the sums: they are rounded to it. Working memory that is kept between texts and is
// as large as the longest stretch that pieces overlap. One thread at a time.
template <typename Score>
class Viterbi {
 public:
  // Calls visit(begin, end, id) for the pieces of `text`, which is valid UTF-8, in order; `id` is
  // kNoToken for a character that is no piece, which costs `unknown_score`. Of equal sums the one
  // found first, that with the longer last piece, is taken. `sum` is that of the text before, and
  // becomes that of all. Returns by how much each choice was better than the next best, at least.
  template <typename Visit>
  Score segment(const PieceTrie& trie, std::string_view text, double unknown_score, Score& sum,
                Visit&& visit);

 private:
  static constexpr uint32_t kUnreached = std::numeric_limits<uint32_t>::max();
  static constexpr PieceTrie::Node kUnknown = PieceTrie::kRoot;

  // The best way to its position: the last piece, and the sum of all.
  struct Best {
    Score sum = 0;
    Score next_best = -std::numeric_limits<Score>::infinity();
    uint32_t begin = kUnreached;  // of the last piece, from the stretch's begin
    PieceTrie::Node node = kUnknown;
  };

  // Single precision holds sums of this size well enough; SentencePiece 0.2.3 begins anew there.
  static constexpr Score kLargestSum = 100'000;

  // Makes the sum at `position` zero, without changing what is better than what.
  void recenter(size_t position, size_t reached) {
    const Score offset = best_[position].sum;
    for (size_t i = position; i <= reached; ++i) {
      if (i != position && best_[i].begin == kUnreached) continue;
      best_[i].sum -= offset;
      best_[i].next_best -= offset;
    }
  }

  void offer(size_t position, Score sum, size_t begin, PieceTrie::Node node) {
    Best& best = best_[position];
    if (best.begin != kUnreached && sum <= best.sum) {
      best.next_best = std::max(best.next_best, sum);
      return;
    }
    const Score next_best = best.begin == kUnreached ? best.next_best : best.sum;
    best = {sum, next_best, static_cast<uint32_t>(begin), node};
  }

  std::vector<Best> best_;  // by position in the stretch; unreached between calls
  std::vector<uint32_t> ends_;
};

template <typename Score>
template <typename Visit>
Score Viterbi<Score>::segment(const PieceTrie& trie, std::string_view text, double unknown_score,
                              Score& sum, Visit&& visit) {
  const char* const data = text.data();
  const size_t size = text.size();
  if (best_.empty()) best_.resize(256);
  Score margin = std::numeric_limits<Score>::infinity();
  // All segmentations meet at a position that no piece reaches over: from there a new stretch
  // begins, and what lies before is settled.
  for (size_t start = 0; start < size;) {
    best_[0].sum = sum;
    size_t reached = 0, position = 0;
    do {
      const size_t begin = start + position;
      if constexpr (std::is_same_v<Score, float>) {
        if (std::abs(best_[position].sum) > kLargestSum) recenter(position, reached);
      }
      const Score here = best_[position].sum;
      const size_t character = character_bytes(data[begin]);
      bool character_is_piece = false;
      PieceTrie::Node node = PieceTrie::kRoot;
      for (size_t end = begin; end < size && trie.step(node, data[end]);) {
        ++end;
        if (!trie.ends_piece(node)) continue;
        const size_t bytes = end - begin;
        if (position + bytes > reached) {
          reached = position + bytes;
          if (reached >= best_.size()) best_.resize(2 * reached);
        }
        offer(position + bytes, static_cast<Score>(trie.score(node) + here), position, node);
        if (bytes == character) character_is_piece = true;
      }
      if (!character_is_piece) {
        reached = std::max(reached, position + character);
        if (reached >= best_.size()) best_.resize(2 * reached);
        offer(position + character, static_cast<Score>(unknown_score + here), position, kUnknown);
      }
      position += character;
    } while (position < reached);

    sum = best_[reached].sum;
    ends_.clear();
    for (uint32_t end = static_cast<uint32_t>(reached); end != 0; end = best_[end].begin)
      ends_.push_back(end);
    size_t begin = 0;
    for (size_t i = ends_.size(); i-- > 0;) {
      const Best& best = best_[ends_[i]];
      margin = std::min(margin, best.sum - best.next_best);
      visit(start + begin, start + ends_[i], best.node == kUnknown ? kNoToken : trie.id(best.node));
      begin = ends_[i];
    }
    std::fill_n(best_.begin(), reached + 1, Best{});
    start += reached;
  }
  return margin;
}

}  // namespace lmos::tokenizer
