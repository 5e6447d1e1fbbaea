// The quantised block formats of ggml: runs of a row's elements that share scales.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lmos {

struct BlockFormat {
  std::string_view name;  // as ggml writes it: "Q4_K"
  uint32_t ggml_type;     // its number in GGUF files
  uint32_t elements;      // of a block
  uint32_t bytes;         // of a block
  // values: [blocks * elements], from blocks: [blocks * bytes] at any address. Bit for bit what
  // ggml computes. Null: this format is not decoded.
  void (*decode)(std::span<const std::byte> blocks, std::span<float> values);
  // The other way round. Null: this format is not written.
  void (*encode)(std::span<const float> values, std::span<std::byte> blocks);
};

// Those of GGUF files that are in use. Null for another number or name.
const BlockFormat* find_block_format(uint32_t ggml_type);
const BlockFormat* find_block_format(std::string_view name);
std::span<const BlockFormat> all_block_formats();

}  // namespace lmos
