// bfloat16 weights in little more than 12 bits each, without loss: of the 8 bits of the exponents,
// those of nearby weights use few (Zhang et al. 2025, "70% size, 100% accuracy: lossless LLM
// compression via dynamic-length float", section 2). Here every weight takes as much as any other,
// so that vector code widens them.
//
// A row is cut into blocks of kCompactBlock weights w₀ … w₁₂₇, each of kCompactBytes and a byte of
// its own, the base:
//   - base: the largest exponent field of the block;
//   - bytes [64·p, 64·p + 64), p = 0, 1: 32 little-endian words; word i has sign and mantissa of
//     w₆₄ₚ₊ᵢ in its lower byte (sign in the highest bit), those of w₆₄ₚ₊₃₂₊ᵢ in its upper byte;
//   - bytes [128, 192): 32 little-endian words; bits [4v, 4v + 4) of word i are the code of w₃₂ᵥ₊ᵢ.
// A code below 15 is base − exponent field; 15 stands for an exponent field of 0 (zeros and
// subnormal numbers). A block that this cannot hold (an exponent more than 14 below the largest, an
// infinity, a NaN) has the base kRawBlock and, in its first four bytes, the index of its weights in
// the matrix's list of raw blocks, [capacity, kCompactBlock] in bfloat16. Bytes not named are 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace lmos::sdk {

inline constexpr int64_t kCompactBlock = 128, kCompactBytes = 192;
inline constexpr uint8_t kRawBlock = 255;

// Raw blocks that a matrix of so many blocks has room for: a sixteenth, and never less than 8. Of
// normally distributed and of trained weights about one in a hundred is raw.
constexpr int64_t raw_block_capacity(int64_t blocks) { return blocks < 128 ? 8 : blocks / 16; }

// Writes a block and its base. False, with nothing written, if it can only be kept raw.
inline bool write_compact_block(std::span<const uint16_t, kCompactBlock> weights,
                                std::span<std::byte, kCompactBytes> to, uint8_t& base) {
  uint16_t largest = 0;
  for (const uint16_t w : weights) {
    const auto exponent = static_cast<uint16_t>(w >> 7 & 0xff);
    largest = exponent > largest ? exponent : largest;
  }
  uint16_t codes[kCompactBlock], outside = largest == kRawBlock;
  for (int64_t i = 0; i < kCompactBlock; ++i) {
    const auto exponent = static_cast<uint16_t>(weights[i] >> 7 & 0xff);
    const auto below = static_cast<uint16_t>(largest - exponent);
    codes[i] = exponent == 0 ? uint16_t{15} : below;
    outside |= static_cast<uint16_t>(exponent != 0 && below > 14);
  }
  if (outside != 0) return false;
  uint16_t words[kCompactBytes / 2];
  const auto sign_and_mantissa = [&](int64_t i) {
    return static_cast<uint16_t>((weights[i] >> 8 & 0x80) | (weights[i] & 0x7f));
  };
  for (int64_t p = 0; p < 2; ++p) {
    for (int64_t i = 0; i < 32; ++i) {
      words[32 * p + i] = static_cast<uint16_t>(sign_and_mantissa(64 * p + i) |
                                                sign_and_mantissa(64 * p + 32 + i) << 8);
    }
  }
  for (int64_t i = 0; i < 32; ++i) {
    words[64 + i] = static_cast<uint16_t>(codes[i] | codes[32 + i] << 4 | codes[64 + i] << 8 |
                                          codes[96 + i] << 12);
  }
  std::memcpy(to.data(), words, sizeof words);
  base = static_cast<uint8_t>(largest);
  return true;
}

// The weights of a block, whose base is not kRawBlock.
inline void read_compact_block(std::span<const std::byte, kCompactBytes> block, uint8_t base,
                               std::span<uint16_t, kCompactBlock> weights) {
  uint16_t words[kCompactBytes / 2];
  std::memcpy(words, block.data(), sizeof words);
  for (int64_t v = 0; v < 4; ++v) {
    const uint16_t* const plane = words + v / 2 * 32;
    for (int64_t i = 0; i < 32; ++i) {
      const uint32_t byte = v % 2 == 0 ? plane[i] & 0xffu : plane[i] >> 8u;
      const uint32_t code = words[64 + i] >> (4 * v) & 15u;
      const uint32_t exponent = code == 15 ? 0 : base - code;
      weights[32 * v + i] =
          static_cast<uint16_t>((byte & 0x80) << 8 | exponent << 7 | (byte & 0x7f));
    }
  }
}

// Which raw block stands for a block whose base is kRawBlock.
inline uint32_t raw_block_index(const std::byte* block) {
  uint32_t index;
  std::memcpy(&index, block, sizeof index);
  return index;
}

}  // namespace lmos::sdk
