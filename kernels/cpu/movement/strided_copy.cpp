#include "cpu/movement/strided_copy.h"

#include <algorithm>
#include <cstring>

namespace lmos::cpu {
namespace {

template <class T>
void copy_row(const T* from, int64_t from_step, T* to, int64_t to_step, int64_t count) {
  if (to_step == 1 && from_step == 1) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
  } else if (to_step == 1 && from_step == 0) {
    std::fill(to, to + count, *from);
  } else {
    for (int64_t i = 0; i < count; ++i) to[i * to_step] = from[i * from_step];
  }
}

// Two inner dimensions that are contiguous on one side each: in square tiles, so that both sides
// stay in cache.
template <class T>
void copy_tiled(const T* from, T* to, const StridedCopy& copy) {
  constexpr int64_t kTile = 32;
  const int64_t rows = copy.dims[copy.rank - 2], columns = copy.dims[copy.rank - 1];
  const int64_t from_row = copy.from_steps[copy.rank - 2];
  const int64_t from_column = copy.from_steps[copy.rank - 1];
  const int64_t to_row = copy.to_steps[copy.rank - 2];
  const int64_t to_column = copy.to_steps[copy.rank - 1];
  for (int64_t i = 0; i < rows; i += kTile) {
    for (int64_t j = 0; j < columns; j += kTile) {
      const int64_t row_end = std::min(rows, i + kTile);
      const int64_t column_end = std::min(columns, j + kTile);
      for (int64_t r = i; r < row_end; ++r) {
        for (int64_t c = j; c < column_end; ++c) {
          to[r * to_row + c * to_column] = from[r * from_row + c * from_column];
        }
      }
    }
  }
}

template <class T>
void copy_as(const Parallel& parallel, const StridedCopy& copy, const T* from, T* to) {
  const int32_t last = copy.rank - 1;
  const bool tiled = copy.rank >= 2 && copy.from_steps[last] > 1 && copy.from_steps[last - 1] == 1;
  const int32_t inner_rank = tiled ? 2 : 1;
  const int32_t outer_rank = copy.rank - inner_rank;
  int64_t outer = 1, inner = 1;
  for (int32_t d = 0; d < copy.rank; ++d) (d < outer_rank ? outer : inner) *= copy.dims[d];
  if (outer == 1 && !tiled) {  // a single long row is cut itself
    for_range(parallel, inner, 65536 / static_cast<int64_t>(sizeof(T)),
              [&](int64_t begin, int64_t end, int32_t) {
                copy_row(from + begin * copy.from_steps[last], copy.from_steps[last],
                         to + begin * copy.to_steps[last], copy.to_steps[last], end - begin);
              });
    return;
  }
  for_range(parallel, outer, 1 + 16384 / inner, [&](int64_t begin, int64_t end, int32_t) {
    for (int64_t index = begin; index < end; ++index) {
      int64_t from_offset = 0, to_offset = 0;
      for (int64_t rest = index, d = outer_rank - 1; d >= 0; --d) {
        from_offset += rest % copy.dims[d] * copy.from_steps[d];
        to_offset += rest % copy.dims[d] * copy.to_steps[d];
        rest /= copy.dims[d];
      }
      if (tiled) {
        copy_tiled(from + from_offset, to + to_offset, copy);
      } else {
        copy_row(from + from_offset, copy.from_steps[last], to + to_offset, copy.to_steps[last],
                 inner);
      }
    }
  });
}

// body(T{}) with an integer of that size.
template <class Body>
void with_element(int32_t bytes, const Body& body) {
  switch (bytes) {
    case 1:
      return body(uint8_t{});
    case 2:
      return body(uint16_t{});
    case 4:
      return body(uint32_t{});
    default:
      return body(uint64_t{});
  }
}

}  // namespace

StridedCopy simplified(const StridedCopy& copy) {
  StridedCopy result{copy.element_bytes, 0, {}, {}, {}};
  for (int32_t d = 0; d < copy.rank; ++d) {
    if (copy.dims[d] == 1) continue;
    const int32_t last = result.rank - 1;
    if (last >= 0 && result.from_steps[last] == copy.from_steps[d] * copy.dims[d] &&
        result.to_steps[last] == copy.to_steps[d] * copy.dims[d]) {
      result.dims[last] *= copy.dims[d];
      result.from_steps[last] = copy.from_steps[d];
      result.to_steps[last] = copy.to_steps[d];
    } else {
      result.dims[result.rank] = copy.dims[d];
      result.from_steps[result.rank] = copy.from_steps[d];
      result.to_steps[result.rank] = copy.to_steps[d];
      ++result.rank;
    }
  }
  if (result.rank == 0) {
    result.rank = 1;
    result.dims[0] = 1;
    result.from_steps[0] = result.to_steps[0] = 1;
  }
  return result;
}

void strided_copy(const Parallel& parallel, const StridedCopy& copy, const void* from, void* to) {
  for (int32_t d = 0; d < copy.rank; ++d) {
    if (copy.dims[d] == 0) return;
  }
  with_element(copy.element_bytes, [&]<class T>(T) {
    copy_as(parallel, copy, static_cast<const T*>(from), static_cast<T*>(to));
  });
}

void fill(const Parallel& parallel, int32_t element_bytes, const void* value, int64_t count,
          void* to) {
  with_element(element_bytes, [&]<class T>(T element) {
    std::memcpy(&element, value, sizeof(T));
    for_range(parallel, count, 65536, [&](int64_t begin, int64_t end, int32_t) {
      std::fill(static_cast<T*>(to) + begin, static_cast<T*>(to) + end, element);
    });
  });
}

}  // namespace lmos::cpu
