// Tells at a glance that most words are no token: by the longest token that begins as they do.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer_core/model/hash.h"

namespace lmos::tokenizer {

// Filled once, then immutable and readable from any thread.
class TokenLengths {
 public:
  TokenLengths() : longest_(kBuckets) {}

  void add(std::string_view token) {
    if (token.size() < kBegin) return;
    uint8_t& longest = longest_[bucket(token)];
    longest =
        static_cast<uint8_t>(std::min<size_t>(kAnyLength, std::max<size_t>(longest, token.size())));
  }

  // False only where no token equals `word`.
  bool may_hold(std::string_view word) const {
    if (word.size() < kBegin) return true;
    const uint8_t longest = longest_[bucket(word)];
    return word.size() <= longest || longest == kAnyLength;
  }

 private:
  static constexpr size_t kBegin = 6;  // bytes; two Chinese characters
  static constexpr size_t kBuckets = 1 << 17;
  static constexpr uint8_t kAnyLength = UINT8_MAX;

  static size_t bucket(std::string_view text) {
    return hash_bytes(text.substr(0, kBegin)) % kBuckets;
  }

  std::vector<uint8_t> longest_;  // bytes, by the hash of the begin
};

}  // namespace lmos::tokenizer
