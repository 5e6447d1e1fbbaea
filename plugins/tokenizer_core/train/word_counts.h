// How often each distinct word occurs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmos::tokenizer {

class WordCounts {
 public:
  // `word` is not empty.
  void add(std::string_view word);

  size_t size() const { return words_.size(); }
  // In the order in which words came first.
  std::string_view word(size_t index) const {
    return std::string_view(bytes_).substr(words_[index].begin, words_[index].bytes);
  }
  uint64_t count(size_t index) const { return words_[index].count; }

 private:
  struct Word {
    size_t begin, bytes;
    uint64_t hash, count;
  };

  void grow();

  std::string bytes_;  // of all words
  std::vector<Word> words_;
  std::vector<size_t> slots_ = std::vector<size_t>(1 << 12);  // index + 1, 0: empty; a power of two
};

}  // namespace lmos::tokenizer
