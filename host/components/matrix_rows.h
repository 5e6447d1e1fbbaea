// The rows of a stored matrix, one after the other.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "formats/stored_tensor.h"

namespace lmos::components {

// The same matrix with its axes exchanged. Where it does not lie plainly, its values go into
// `plain`, as `dtype`.
StoredTensor exchanged(const StoredTensor& tensor, lmos_dtype dtype, const std::string& name,
                       std::vector<std::byte>& plain);

// Calls use(std::span<const T>) with each row [inputs] of [outputs, inputs], in order, as `dtype`,
// whose elements are T. The tensor is [inputs, outputs] if `transposed`. Needs the memory of a row,
// and where a transposed tensor does not lie plainly, of the matrix.
template <class T, class Use>
void for_each_row(const StoredTensor& tensor, lmos_dtype dtype, const std::string& name,
                  bool transposed, Use use) {
  std::vector<std::byte> plain;
  const StoredTensor source = transposed ? exchanged(tensor, dtype, name, plain) : tensor;
  std::vector<T> row(static_cast<size_t>(source.shape[1]));
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(row));
  size_t filled = 0;
  read_tensor(source, {dtype, nullptr}, name, [&](std::span<const std::byte> piece) {
    while (!piece.empty()) {
      const size_t count = std::min(piece.size(), bytes.size() - filled);
      std::memcpy(bytes.data() + filled, piece.data(), count);
      piece = piece.subspan(count);
      filled += count;
      if (filled < bytes.size()) continue;
      use(std::span<const T>(row));
      filled = 0;
    }
  });
}

}  // namespace lmos::components
