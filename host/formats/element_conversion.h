// Arrays of elements from one encoding to another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/tensor_encoding.h"

namespace lmos {

// Between floating-point types and blocks, through float32, rounding to nearest even. One thread at
// a time.
class ElementConverter {
 public:
  static bool possible(const TensorEncoding& from, const TensorEncoding& target);

  // possible(from, target), or both are the same.
  ElementConverter(const TensorEncoding& from, const TensorEncoding& target)
      : from_(from), target_(target) {}

  // `data`: `count` elements, whole blocks of both encodings, at any address. The result is valid
  // to the next call, and as long as `data`.
  std::span<const std::byte> convert(std::span<const std::byte> data, int64_t count);

 private:
  void to_floats(std::span<const std::byte> data);
  void from_floats();

  TensorEncoding from_;
  TensorEncoding target_;
  std::vector<float> floats_;
  std::vector<std::byte> result_;
};

}  // namespace lmos
