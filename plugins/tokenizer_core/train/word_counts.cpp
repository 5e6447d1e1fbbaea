#include "tokenizer_core/train/word_counts.h"

#include "tokenizer_core/model/hash.h"

namespace lmos::tokenizer {

void WordCounts::add(std::string_view text) {
  const uint64_t hash = hash_bytes(text);
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const size_t index = slots_[slot] - 1;
    if (words_[index].hash == hash && word(index) == text) {
      ++words_[index].count;
      return;
    }
  }
  words_.push_back({bytes_.size(), text.size(), hash, 1});
  bytes_.append(text);
  slots_[slot] = words_.size();
  if (2 * words_.size() > slots_.size()) grow();
}

void WordCounts::grow() {
  slots_.assign(2 * slots_.size(), 0);
  const size_t mask = slots_.size() - 1;
  for (size_t index = 0; index < words_.size(); ++index) {
    size_t slot = words_[index].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = index + 1;
  }
}

}  // namespace lmos::tokenizer
