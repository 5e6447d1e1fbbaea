#include "tokenizer_core/model/vocabulary.h"

#include <algorithm>
#include <bit>

#include "tokenizer_core/model/hash.h"

namespace lmos::tokenizer {

Vocabulary::Vocabulary(size_t token_count, TokenId id_limit)
    : tokens_(id_limit), slots_(std::bit_ceil(2 * token_count + 2), kNoToken) {}

bool Vocabulary::add(std::string_view token, TokenId id) {
  if (tokens_[id].has_value()) return false;
  const size_t mask = slots_.size() - 1;
  size_t slot = hash_bytes(token) & mask;
  for (; slots_[slot] != kNoToken; slot = (slot + 1) & mask) {
    if (*tokens_[slots_[slot]] == token) return false;
  }
  slots_[slot] = id;
  tokens_[id] = std::string(token);
  ++count_;
  largest_id_plus_one_ = std::max(largest_id_plus_one_, id + 1);
  return true;
}

TokenId Vocabulary::find(std::string_view token) const {
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash_bytes(token) & mask; slots_[slot] != kNoToken; slot = (slot + 1) & mask) {
    if (*tokens_[slots_[slot]] == token) return slots_[slot];
  }
  return kNoToken;
}

}  // namespace lmos::tokenizer
