// Learns merges: time and again, the most frequent pair of neighbouring symbols becomes a symbol.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/model/pair_table.h"
#include "tokenizer_core/train/learned_vocabulary.h"

namespace lmos::tokenizer {

class MergeLearner {
 public:
  // `continuing_prefix`: what symbols inside words begin with; a merge takes it from its right one.
  explicit MergeLearner(LearnedVocabulary& vocabulary, std::string_view continuing_prefix = {})
      : vocabulary_(vocabulary), continuing_prefix_(continuing_prefix) {}

  // A word as symbols of the vocabulary, and how often it occurs.
  void add_word(const std::vector<TokenId>& symbols, uint64_t count);

  // Merges until the vocabulary has `vocab_size` tokens or no pair occurs `min_frequency` times.
  // `progress(tokens)` is called now and then.
  void learn(uint64_t vocab_size, uint64_t min_frequency,
             const std::function<void(uint64_t tokens)>& progress);

 private:
  struct Word {
    size_t begin;   // in symbols_
    uint32_t size;  // symbols
    uint64_t count;
  };
  struct Pair {
    TokenId left, right;
    int64_t count = 0;
    std::vector<uint32_t> words;  // where it occurs, or did once
    bool waits = false;           // for its place in the queue after this merge
  };
  // As of when it was put into the queue; the pair's count may be lower now.
  struct Candidate {
    int64_t count;
    TokenId left, right;
    uint32_t pair;
    // Of less priority than `other`: lower count, or higher ids.
    bool operator<(const Candidate& other) const;
  };

  Pair& pair_at(TokenId left, TokenId right);
  void count_pair(TokenId left, TokenId right, int64_t change, uint32_t word);
  void merge_in_word(uint32_t word, TokenId left, TokenId right, TokenId merged);
  void enqueue(uint32_t pair);

  std::string merged_text(TokenId left, TokenId right) const;

  LearnedVocabulary& vocabulary_;
  std::string continuing_prefix_;
  std::vector<TokenId> symbols_;  // of all words
  std::vector<Word> words_;
  std::vector<Pair> pairs_;
  PairTable<uint32_t> pair_places_;  // index into pairs_, plus 1
  std::vector<uint32_t> grown_;      // pairs that the merge under way made more frequent
  std::priority_queue<Candidate> queue_;
};

}  // namespace lmos::tokenizer
