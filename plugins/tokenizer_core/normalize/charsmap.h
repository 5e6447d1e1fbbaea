// SentencePiece's compiled normalisation map: a double array in the layout of darts-clone
// (https://github.com/s-yata/darts-clone), whose values are offsets into a pool of texts that end
// in a zero byte. Layout, little-endian: u32 bytes of the array; the array of u32; the pool.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer_core/json/cursor.h"

namespace lmos::tokenizer {

// Immutable; any thread.
class Charsmap {
 public:
  // Throws TokenizerError where `blob` is no such map, its pool is not UTF-8, or it would map the
  // empty text. Whatever the array says, lookups stay within it.
  explicit Charsmap(std::string_view blob);

  struct Match {
    size_t bytes;  // of the text that is replaced
    std::string_view by;
  };
  // The longest and the shortest prefix of `text` that the map replaces.
  std::optional<Match> longest(std::string_view text) const { return find(text, false); }
  std::optional<Match> shortest(std::string_view text) const { return find(text, true); }

  // How many bytes of characters, other than control characters and spaces, `text` begins with that
  // surely stay as they are.
  size_t plain_bytes(std::string_view text) const;

  // How many times as long a text may become.
  size_t growth() const { return growth_; }

 private:
  // A place in the array: where the children are.
  using Node = uint32_t;
  bool step(Node& node, char byte, uint32_t& unit) const;
  std::optional<Match> find(std::string_view text, bool first) const;
  std::string_view replacement(uint32_t offset) const;

  bool is_plain_ascii(char character) const;
  // Whether no text that the map replaces begins with the character.
  bool is_plain(char32_t character) const;

  std::vector<uint32_t> units_;
  std::string pool_;  // ends in a zero byte
  size_t growth_ = 1;
  // ASCII characters that stay as they are where another ASCII character or the end follows.
  std::array<bool, 128> plain_ascii_{};
  std::bitset<0x10000> plain_;  // by character, of 2 and 3 bytes
};

// `json`: an object whose `precompiled_charsmap` is a map in base64.
Charsmap read_charsmap(const JsonCursor& json);

}  // namespace lmos::tokenizer
