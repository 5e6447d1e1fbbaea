// Named tensors in host memory, as files hold them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "llmasos/types.h"

namespace lmos {

// What a file declares of a tensor.
struct TensorSpec {
  std::string name;
  lmos_dtype dtype;
  std::vector<int64_t> shape;  // each >= 0; empty for a scalar
};

// A contiguous, row-major, little-endian tensor in memory that somebody else owns.
struct TensorView {
  lmos_dtype dtype;
  std::vector<int64_t> shape;
  // Exactly the product of shape times the element's size. Files may place a tensor at any address:
  // copy from it with memcpy, or check is_aligned() before reading it as an array.
  std::span<const std::byte> data;

  bool is_aligned() const;
};

// By name.
using TensorMap = std::map<std::string, TensorView, std::less<>>;

// Product of the shape times the element's size; nothing when a dimension is negative or the
// product overflows int64.
std::optional<uint64_t> tensor_bytes(lmos_dtype dtype, std::span<const int64_t> shape);

// The same for a tensor that is about to be written: Error(kInternal) naming it instead of nothing.
uint64_t tensor_bytes(const TensorSpec& tensor);

// "[2, 64]"
std::string shape_text(std::span<const int64_t> shape);

}  // namespace lmos
