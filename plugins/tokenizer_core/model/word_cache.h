// The ids of words that were encoded before. Text repeats itself: most words are found here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "tokenizer_core/model/hash.h"
#include "tokenizer_core/model/token_id.h"

namespace lmos::tokenizer {

// Of fixed size: an entry is one cache line, and a new word takes the place of the one that it
// collides with. Longer words than fit are not kept. `Note` is kept with each word. One thread at a
// time.
template <typename Note>
class NotedWordCache {
 public:
  static constexpr size_t kWordBytes = 22;
  static constexpr size_t kWordTokens = std::is_empty_v<Note> ? 10 : 9;

  struct alignas(64) Entry {
    uint8_t bytes = 0;  // 0: empty
    uint8_t count = 0;
    char word[kWordBytes];
    [[no_unique_address]] Note note;
    TokenId ids[kWordTokens];

    std::span<const TokenId> tokens() const { return {ids, count}; }
  };
  static_assert(sizeof(Entry) == 64);

  NotedWordCache() : entries_(kEntries) {}

  static bool fits(std::string_view word) { return word.size() <= kWordBytes; }

  // Null where the word is not known; valid until the next word is kept.
  const Entry* find(std::string_view word) const {
    if (!fits(word)) return nullptr;
    const Entry& entry = entries_[place(word)];
    const bool is_same =
        entry.bytes == word.size() && std::memcmp(entry.word, word.data(), word.size()) == 0;
    return is_same ? &entry : nullptr;
  }

  // `word` is not empty.
  void keep(std::string_view word, std::span<const TokenId> ids, Note note = {}) {
    if (!fits(word) || ids.size() > kWordTokens) return;
    Entry& entry = entries_[place(word)];
    entry.bytes = static_cast<uint8_t>(word.size());
    entry.count = static_cast<uint8_t>(ids.size());
    entry.note = note;
    std::memcpy(entry.word, word.data(), word.size());
    std::copy(ids.begin(), ids.end(), entry.ids);  // of none, too
  }

 private:
  static constexpr size_t kEntries = 1 << 15;  // 2 MiB

  static size_t place(std::string_view word) { return hash_bytes(word) % kEntries; }

  std::vector<Entry> entries_;
};

using WordCache = NotedWordCache<std::monostate>;

}  // namespace lmos::tokenizer
