#include "tokenizer_core/train/merge_learner.h"

#include <algorithm>
#include <tuple>

namespace lmos::tokenizer {

bool MergeLearner::Candidate::operator<(const Candidate& other) const {
  if (count != other.count) return count < other.count;
  return std::tie(left, right) > std::tie(other.left, other.right);
}

void MergeLearner::add_word(const std::vector<TokenId>& symbols, uint64_t count) {
  const auto word = static_cast<uint32_t>(words_.size());
  words_.push_back({symbols_.size(), static_cast<uint32_t>(symbols.size()), count});
  symbols_.insert(symbols_.end(), symbols.begin(), symbols.end());
  for (size_t i = 0; i + 1 < symbols.size(); ++i)
    count_pair(symbols[i], symbols[i + 1], static_cast<int64_t>(count), word);
}

MergeLearner::Pair& MergeLearner::pair_at(TokenId left, TokenId right) {
  uint32_t& place = pair_places_.at(left, right);
  if (place == 0) {
    pairs_.push_back({left, right, 0, {}, false});
    place = static_cast<uint32_t>(pairs_.size());
  }
  return pairs_[place - 1];
}

void MergeLearner::count_pair(TokenId left, TokenId right, int64_t change, uint32_t word) {
  Pair& pair = pair_at(left, right);
  pair.count += change;
  if (change < 0) return;
  if (pair.words.empty() || pair.words.back() != word) pair.words.push_back(word);
  if (!pair.waits) grown_.push_back(static_cast<uint32_t>(&pair - pairs_.data()));
  pair.waits = true;
}

void MergeLearner::merge_in_word(uint32_t index, TokenId left, TokenId right, TokenId merged) {
  Word& word = words_[index];
  TokenId* symbols = symbols_.data() + word.begin;
  const auto count = static_cast<int64_t>(word.count);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < word.size; ++kept) {
    if (i + 1 == word.size || symbols[i] != left || symbols[i + 1] != right) {
      symbols[kept] = symbols[i++];
      continue;
    }
    if (kept > 0) {
      count_pair(symbols[kept - 1], left, -count, index);
      count_pair(symbols[kept - 1], merged, count, index);
    }
    if (i + 2 < word.size) {
      count_pair(right, symbols[i + 2], -count, index);
      count_pair(merged, symbols[i + 2], count, index);
    }
    symbols[kept] = merged;
    i += 2;
  }
  word.size = kept;
}

std::string MergeLearner::merged_text(TokenId left, TokenId right) const {
  std::string_view end = vocabulary_.tokens[right];
  if (end.starts_with(continuing_prefix_)) end.remove_prefix(continuing_prefix_.size());
  return vocabulary_.tokens[left] + std::string(end);
}

void MergeLearner::enqueue(uint32_t index) {
  Pair& pair = pairs_[index];
  pair.waits = false;
  if (pair.count > 0) queue_.push({pair.count, pair.left, pair.right, index});
}

void MergeLearner::learn(uint64_t vocab_size, uint64_t min_frequency,
                         const std::function<void(uint64_t tokens)>& progress) {
  constexpr size_t kMergesPerReport = 256;
  const auto lowest_count = static_cast<int64_t>(std::clamp<uint64_t>(min_frequency, 1, INT64_MAX));
  const auto enqueue_grown = [this] {
    for (const uint32_t pair : grown_) enqueue(pair);
    grown_.clear();
  };
  enqueue_grown();
  while (vocabulary_.tokens.size() < vocab_size && !queue_.empty()) {
    const Candidate best = queue_.top();
    queue_.pop();
    if (best.count != pairs_[best.pair].count) {
      enqueue(best.pair);
      continue;
    }
    if (best.count < lowest_count) break;
    if (vocabulary_.merges.size() % kMergesPerReport == 0) progress(vocabulary_.tokens.size());

    const TokenId merged = vocabulary_.add(merged_text(best.left, best.right));
    vocabulary_.merges.emplace_back(best.left, best.right);
    const std::vector<uint32_t> words = std::move(pairs_[best.pair].words);
    for (const uint32_t word : words) merge_in_word(word, best.left, best.right, merged);
    pairs_[best.pair].count = 0;
    pairs_[best.pair].words.clear();
    enqueue_grown();
  }
  progress(vocabulary_.tokens.size());
}

}  // namespace lmos::tokenizer
