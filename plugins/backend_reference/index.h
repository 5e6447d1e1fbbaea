// Walking multi-dimensional indices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "llmasos/types.h"

namespace lmos::reference {

// Row-major strides in elements.
inline std::vector<int64_t> strides_of(const std::vector<int64_t>& dims) {
  std::vector<int64_t> strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i > 1; --i) strides[i - 2] = strides[i - 1] * dims[i - 1];
  return strides;
}

// Calls f(i, offset) for each index of `dims` in row-major order: i counts from 0, offset is the
// dot product of the index with `strides`. Rank is at most LMOS_MAX_RANK.
template <class F>
void for_each_index(const std::vector<int64_t>& dims, const std::vector<int64_t>& strides, F&& f) {
  for (int64_t dim : dims) {
    if (dim == 0) return;
  }
  std::array<int64_t, LMOS_MAX_RANK> index{};
  int64_t offset = 0;
  for (int64_t i = 0;; ++i) {
    f(i, offset);
    std::size_t axis = dims.size();
    while (axis > 0) {
      --axis;
      offset += strides[axis];
      if (++index[axis] < dims[axis]) break;
      offset -= strides[axis] * dims[axis];
      index[axis] = 0;
      if (axis == 0) return;
    }
    if (dims.empty()) return;
  }
}

}  // namespace lmos::reference
