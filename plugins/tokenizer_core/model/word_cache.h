// The ids of words that were encoded before. Text repeats itself: most words are found here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "tokenizer_core/model/hash.h"
#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// Of fixed size: an entry is one cache line, and a new word takes the place of the one that it
// collides with. Longer words than fit are not kept. One thread at a time.
class WordCache {
 public:
  WordCache() : entries_(kEntries) {}

  static bool fits(std::string_view word) { return word.size() <= kWordBytes; }

  // Appends the ids of `word` and returns true if they are known.
  bool find(std::string_view word, std::vector<TokenId>& ids) const {
    if (!fits(word)) return false;
    const Entry& entry = entries_[place(word)];
    if (entry.bytes != word.size() || std::memcmp(entry.word, word.data(), word.size()) != 0)
      return false;
    ids.insert(ids.end(), entry.ids, entry.ids + entry.count);
    return true;
  }

  // `word` is not empty.
  void keep(std::string_view word, const TokenId* ids, size_t count) {
    if (!fits(word) || count > kWordTokens) return;
    Entry& entry = entries_[place(word)];
    entry.bytes = static_cast<uint8_t>(word.size());
    entry.count = static_cast<uint8_t>(count);
    std::memcpy(entry.word, word.data(), word.size());
    std::copy_n(ids, count, entry.ids);  // of none, too
  }

 private:
  static constexpr size_t kEntries = 1 << 15;  // 2 MiB
  static constexpr size_t kWordBytes = 22;
  static constexpr size_t kWordTokens = 10;

  struct alignas(64) Entry {
    uint8_t bytes = 0;  // 0: empty
    uint8_t count = 0;
    char word[kWordBytes];
    TokenId ids[kWordTokens];
  };
  static_assert(sizeof(Entry) == 64);

  static size_t place(std::string_view word) { return hash_bytes(word) % kEntries; }

  std::vector<Entry> entries_;
};

}  // namespace lmos::tokenizer
