#include "formats/block_format.h"

#include <algorithm>
#include <cmath>

#include "formats/half.h"
#include "formats/little_endian.h"

namespace lmos {
namespace {

// The bytes of one block, as numbers.
class Block {
 public:
  Block(std::span<const std::byte> blocks, size_t index, size_t bytes)
      : bytes_(blocks.subspan(index * bytes, bytes)) {}

  float half(size_t at) const {
    return f32_from_f16(read_little_endian<uint16_t>(bytes_.subspan(at)));
  }
  uint32_t word(size_t at) const { return read_little_endian<uint32_t>(bytes_.subspan(at)); }
  int byte(size_t at) const { return std::to_integer<int>(bytes_[at]); }
  int signed_byte(size_t at) const { return static_cast<int8_t>(bytes_[at]); }
  int low(size_t at) const { return byte(at) & 0xf; }
  int high(size_t at) const { return byte(at) >> 4; }

 private:
  std::span<const std::byte> bytes_;
};

// Calls decode_block(block, its values) for each block.
template <size_t kElements, size_t kBytes, typename Decode>
void each_block(std::span<const std::byte> blocks, std::span<float> values, Decode decode_block) {
  for (size_t i = 0; i < values.size() / kElements; ++i)
    decode_block(Block(blocks, i, kBytes), values.data() + i * kElements);
}

// ---- blocks of 32 ----

// {f16 scale; u8 nibbles[16]}: the low nibbles are the first half.
void decode_q4_0(std::span<const std::byte> blocks, std::span<float> values) {
  each_block<32, 18>(blocks, values, [](const Block& block, float* y) {
    const float scale = block.half(0);
    for (size_t i = 0; i < 16; ++i) {
      y[i] = static_cast<float>(block.low(2 + i) - 8) * scale;
      y[i + 16] = static_cast<float>(block.high(2 + i) - 8) * scale;
    }
  });
}

// {f16 scale, minimum; u8 nibbles[16]}
void decode_q4_1(std::span<const std::byte> blocks, std::span<float> values) {
  each_block<32, 20>(blocks, values, [](const Block& block, float* y) {
    const float scale = block.half(0), minimum = block.half(2);
    for (size_t i = 0; i < 16; ++i) {
      y[i] = static_cast<float>(block.low(4 + i)) * scale + minimum;
      y[i + 16] = static_cast<float>(block.high(4 + i)) * scale + minimum;
    }
  });
}

// The fifth bit of element i.
int fifth_bit(uint32_t bits, size_t i) { return static_cast<int>(bits >> i & 1) << 4; }

// {f16 scale; u32 fifth bits; u8 nibbles[16]}
void decode_q5_0(std::span<const std::byte> blocks, std::span<float> values) {
  each_block<32, 22>(blocks, values, [](const Block& block, float* y) {
    const float scale = block.half(0);
    const uint32_t bits = block.word(2);
    for (size_t i = 0; i < 16; ++i) {
      y[i] = static_cast<float>((block.low(6 + i) | fifth_bit(bits, i)) - 16) * scale;
      y[i + 16] = static_cast<float>((block.high(6 + i) | fifth_bit(bits, i + 16)) - 16) * scale;
    }
  });
}

// {f16 scale, minimum; u32 fifth bits; u8 nibbles[16]}
void decode_q5_1(std::span<const std::byte> blocks, std::span<float> values) {
  each_block<32, 24>(blocks, values, [](const Block& block, float* y) {
    const float scale = block.half(0), minimum = block.half(2);
    const uint32_t bits = block.word(4);
    for (size_t i = 0; i < 16; ++i) {
      y[i] = static_cast<float>(block.low(8 + i) | fifth_bit(bits, i)) * scale + minimum;
      y[i + 16] = static_cast<float>(block.high(8 + i) | fifth_bit(bits, i + 16)) * scale + minimum;
    }
  });
}

// {f16 scale; i8 values[32]}
void decode_q8_0(std::span<const std::byte> blocks, std::span<float> values) {
  each_block<32, 34>(blocks, values, [](const Block& block, float* y) {
    const float scale = block.half(0);
    for (size_t i = 0; i < 32; ++i) y[i] = static_cast<float>(block.signed_byte(2 + i)) * scale;
  });
}

void encode_q8_0(std::span<const float> values, std::span<std::byte> blocks) {
  for (size_t block = 0; block < values.size() / 32; ++block) {
    const float* x = values.data() + block * 32;
    std::byte* out = blocks.data() + block * 34;
    float largest = 0;
    for (size_t i = 0; i < 32; ++i) largest = std::max(largest, std::abs(x[i]));
    const float scale = largest / 127;
    const float inverse = scale != 0 ? 1 / scale : 0;
    const uint16_t half = f16_from_f32(scale);
    std::memcpy(out, &half, sizeof half);
    for (size_t i = 0; i < 32; ++i) {
      // Not a number, where an infinity is in the block, has no integer.
      const float rounded = std::round(x[i] * inverse);
      out[2 + i] = static_cast<std::byte>(rounded == rounded ? static_cast<int8_t>(rounded) : 0);
    }
  }
}

// ---- blocks of 256, in sub-blocks of 32 or 16 ----

struct ScaleAndMinimum {
  float scale, minimum;
};

// Of sub-block i, 0 to 7, from the 12 bytes at `at`, where each has 6 bits: the first four bytes
// hold scales 0 to 3 with the upper bits of scales 4 to 7, the next four likewise minima, and the
// last four the lower bits of both.
ScaleAndMinimum sub_block(const Block& block, size_t at, size_t i) {
  int scale = 0, minimum = 0;
  if (i < 4) {
    scale = block.byte(at + i) & 63;
    minimum = block.byte(at + 4 + i) & 63;
  } else {
    scale = block.low(at + 4 + i) | block.byte(at + i - 4) >> 6 << 4;
    minimum = block.high(at + 4 + i) | block.byte(at + i) >> 6 << 4;
  }
  return {block.half(0) * static_cast<float>(scale), block.half(2) * static_cast<float>(minimum)};
}

// {f16 scale, minimum; u8 sub_blocks[12]; u8 nibbles[128]}
void decode_q4_k(std::span<const std::byte> blocks, std::span<float> values) {
  each_block<256, 144>(blocks, values, [](const Block& block, float* y) {
    for (size_t pair = 0; pair < 4; ++pair) {
      const auto a = sub_block(block, 4, 2 * pair), b = sub_block(block, 4, 2 * pair + 1);
      for (size_t i = 0; i < 32; ++i) {
        const size_t at = 16 + 32 * pair + i;
        y[64 * pair + i] = a.scale * static_cast<float>(block.low(at)) - a.minimum;
        y[64 * pair + 32 + i] = b.scale * static_cast<float>(block.high(at)) - b.minimum;
      }
    }
  });
}

// {f16 scale, minimum; u8 sub_blocks[12]; u8 fifth bits[32]; u8 nibbles[128]}: bit s of byte i is
// that of element i of sub-block s.
void decode_q5_k(std::span<const std::byte> blocks, std::span<float> values) {
  each_block<256, 176>(blocks, values, [](const Block& block, float* y) {
    for (size_t pair = 0; pair < 4; ++pair) {
      const auto a = sub_block(block, 4, 2 * pair), b = sub_block(block, 4, 2 * pair + 1);
      for (size_t i = 0; i < 32; ++i) {
        const size_t at = 48 + 32 * pair + i;
        const int bits = block.byte(16 + i) >> (2 * pair);
        const int low = block.low(at) + (bits & 1 ? 16 : 0);
        const int high = block.high(at) + (bits & 2 ? 16 : 0);
        y[64 * pair + i] = a.scale * static_cast<float>(low) - a.minimum;
        y[64 * pair + 32 + i] = b.scale * static_cast<float>(high) - b.minimum;
      }
    }
  });
}

// {u8 nibbles[128]; u8 upper bit pairs[64]; i8 scales[16]; f16 scale}: two halves of 128 elements,
// each of four runs of 32 that share the same bytes of pairs.
void decode_q6_k(std::span<const std::byte> blocks, std::span<float> values) {
  each_block<256, 210>(blocks, values, [](const Block& block, float* y) {
    const float all = block.half(208);
    for (size_t half = 0; half < 2; ++half) {
      for (size_t run = 0; run < 4; ++run) {
        for (size_t i = 0; i < 32; ++i) {
          const size_t at = 64 * half + 32 * (run & 1) + i;
          const int nibble = run < 2 ? block.low(at) : block.high(at);
          const int pair = block.byte(128 + 32 * half + i) >> (2 * run) & 3;
          const int scale = block.signed_byte(192 + 8 * half + 2 * run + i / 16);
          y[128 * half + 32 * run + i] =
              all * static_cast<float>(scale) * static_cast<float>((nibble | pair << 4) - 32);
        }
      }
    }
  });
}

constexpr BlockFormat kFormats[] = {
    {"Q4_0", 2, 32, 18, decode_q4_0, nullptr},     {"Q4_1", 3, 32, 20, decode_q4_1, nullptr},
    {"Q5_0", 6, 32, 22, decode_q5_0, nullptr},     {"Q5_1", 7, 32, 24, decode_q5_1, nullptr},
    {"Q8_0", 8, 32, 34, decode_q8_0, encode_q8_0}, {"Q2_K", 10, 256, 84, nullptr, nullptr},
    {"Q3_K", 11, 256, 110, nullptr, nullptr},      {"Q4_K", 12, 256, 144, decode_q4_k, nullptr},
    {"Q5_K", 13, 256, 176, decode_q5_k, nullptr},  {"Q6_K", 14, 256, 210, decode_q6_k, nullptr},
    {"IQ2_XXS", 16, 256, 66, nullptr, nullptr},    {"IQ2_XS", 17, 256, 74, nullptr, nullptr},
    {"IQ3_XXS", 18, 256, 98, nullptr, nullptr},    {"IQ1_S", 19, 256, 50, nullptr, nullptr},
    {"IQ4_NL", 20, 32, 18, nullptr, nullptr},      {"IQ3_S", 21, 256, 110, nullptr, nullptr},
    {"IQ2_S", 22, 256, 82, nullptr, nullptr},      {"IQ4_XS", 23, 256, 136, nullptr, nullptr},
    {"IQ1_M", 29, 256, 56, nullptr, nullptr},      {"TQ1_0", 34, 256, 54, nullptr, nullptr},
    {"TQ2_0", 35, 256, 66, nullptr, nullptr},      {"MXFP4", 39, 32, 17, nullptr, nullptr},
};

template <typename Matches>
const BlockFormat* first(Matches matches) {
  const auto found = std::find_if(std::begin(kFormats), std::end(kFormats), matches);
  return found == std::end(kFormats) ? nullptr : found;
}

}  // namespace

const BlockFormat* find_block_format(uint32_t ggml_type) {
  return first([&](const BlockFormat& format) { return format.ggml_type == ggml_type; });
}

const BlockFormat* find_block_format(std::string_view name) {
  return first([&](const BlockFormat& format) { return format.name == name; });
}

std::span<const BlockFormat> all_block_formats() { return kFormats; }

}  // namespace lmos
