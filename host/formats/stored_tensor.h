// A tensor where it lies in a file of whatever format, and reading it in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/tensor_encoding.h"
#include "formats/tensor_view.h"

namespace lmos {

// One level of a walk through stored elements: `size` steps of `stride` elements each.
struct WalkAxis {
  int64_t size;
  int64_t stride;  // >= 0
  friend bool operator==(const WalkAxis&, const WalkAxis&) = default;
};

// A view; somebody else owns the data.
struct StoredTensor {
  TensorEncoding encoding;
  std::vector<int64_t> shape;  // row-major
  std::span<const std::byte> data;
  // From stored elements to those of the shape in row-major order, outermost axis first, every
  // element within the data; it may have other axes than the shape, but as many elements. Empty: as
  // they lie.
  std::vector<WalkAxis> walk = {};

  int64_t elements() const;
  uint64_t stored_bytes() const { return data.size(); }
  // True when `data` is what a contiguous tensor of this element type would hold.
  bool lies_as(lmos_dtype dtype) const {
    return walk.empty() && !encoding.blocks && encoding.dtype == dtype;
  }
};

// By name.
using StoredTensors = std::map<std::string, StoredTensor, std::less<>>;

StoredTensor stored(const TensorView& tensor);

// The same elements under another shape of as many elements.
StoredTensor reshaped(StoredTensor tensor, std::vector<int64_t> shape);
// Of a tensor without a walk: its axes, seen as `axes` (whose product is the number of elements),
// in another order; `order[i]` is the axis that comes i-th. The shape is `shape`.
StoredTensor permuted(StoredTensor tensor, std::span<const int64_t> axes,
                      std::span<const size_t> order, std::vector<int64_t> shape);

// Can the elements be had as `target`? Floating-point types and blocks convert to floating-point
// types and to blocks that can be encoded; everything is available as it is.
bool converts(const TensorEncoding& from, const TensorEncoding& target);

// Gives all elements, row-major, as `target`, in pieces of whole blocks. Conversions go through
// float32, rounding to nearest even. Memory: about a megabyte; but a tensor whose walk cuts through
// blocks is decoded as a whole first. Error(kInput) naming the tensor if it cannot be converted.
// What `sink` throws ends the reading.
void read_tensor(const StoredTensor& tensor, const TensorEncoding& target, std::string_view name,
                 const std::function<void(std::span<const std::byte>)>& sink);

}  // namespace lmos
