// Hashing of short byte strings and of integers, for the tables that encoding reads at every word.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace lmos::tokenizer {

inline uint64_t mix(uint64_t value) {
  value ^= value >> 32;
  value *= 0x9E3779B97F4A7C15ull;
  return value ^ value >> 29;
}

inline uint64_t hash_bytes(std::string_view bytes) {
  uint64_t hash = bytes.size() * 0xD6E8FEB86659FD93ull;
  const char* data = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, data += 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    hash = mix(hash ^ word);
  }
  uint64_t word = 0;
  std::memcpy(&word, data, left);
  return mix(mix(hash ^ word));
}

}  // namespace lmos::tokenizer
