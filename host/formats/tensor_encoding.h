// How a file spells the elements of a tensor: one by one, or in quantised blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "formats/block_format.h"
#include "llmasos/types.h"

namespace lmos {

struct TensorEncoding {
  lmos_dtype dtype = LMOS_F32;          // of each element; meaningless with blocks
  const BlockFormat* blocks = nullptr;  // of ggml; null: elements one by one

  friend bool operator==(const TensorEncoding&, const TensorEncoding&) = default;
};

// "F32", …, "Q4_K".
std::string encoding_name(const TensorEncoding& encoding);

// The product of the shape; nothing when a dimension is negative or the product overflows int64.
std::optional<int64_t> element_count(std::span<const int64_t> shape);

// Bytes of a tensor. Nothing when a dimension is negative, the product overflows int64, or rows
// (the last dimension) are not a whole number of blocks.
std::optional<uint64_t> encoded_bytes(const TensorEncoding& encoding,
                                      std::span<const int64_t> shape);

// Of real numbers, in whatever precision.
bool is_floating(const TensorEncoding& encoding);

}  // namespace lmos
