// Brings rows of a tensor into the layouts of micro_gemm.h.
#pragma once

#include "cpu/simd/micro_gemm.h"

namespace lmos::cpu::LMOS_ISA {

// Asks for rows that are needed soon: rows of a cache are far apart, where the hardware does not
// see them coming.
template <class T>
void prefetch_rows(const T* from, int64_t from_step, int64_t count, int64_t dim) {
  constexpr int64_t kLine = 64 / sizeof(T);
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t d = 0; d < dim; d += kLine) __builtin_prefetch(from + j * from_step + d);
  }
}

// Rows as a left operand: to[j · to_step + d] = from[j · from_step + d] in the product's type, zero
// for dim ≤ d < to_step.
template <class Product, class T>
void pack_rows(const T* from, int64_t from_step, int64_t count, int64_t dim,
               typename Product::Element* to, int64_t to_step) {
  for (int64_t j = 0; j < count; ++j) {
    vectors(dim, [&](int64_t d, auto lanes) {
      store(to + j * to_step + d, load(from + j * from_step + d, lanes), lanes);
    });
    for (int64_t d = dim; d < to_step; ++d) to[j * to_step + d] = {};
  }
}

// The right operand [count, dim] of rows: [⌈count / kGroup⌉, columns, kGroup], zero beyond count
// and dim. `columns` is a multiple of F32::kWidth.
template <class Product, class T>
void pack_right(const T* from, int64_t from_step, int64_t count, int64_t dim, int64_t columns,
                typename Product::Element* to) {
  for (int64_t j = 0; j < count; j += 2) {
    const T* even = from + j * from_step;
    const bool pair = j + 1 < count;
    typename Product::Element* row = to + j * columns;
    const auto put = [&](int64_t d, F32 a, F32 b) {
      if (pair || Product::kGroup == 2) {
        Product::store_rows(row + d * Product::kGroup, columns, a, b);
      } else {
        store(row + d, a, Full{});
      }
    };
    vectors(dim, [&](int64_t d, auto lanes) {
      put(d, load(even + d, lanes), pair ? load(even + from_step + d, lanes) : F32::zero());
    });
    for (int64_t d = round_up(dim, F32::kWidth); d < columns; d += F32::kWidth) {
      put(d, F32::zero(), F32::zero());
    }
  }
}

// The right operand [dim, columns] whose column c is row(c), c < count: [dim / kGroup, columns,
// kGroup], zero for count ≤ c < columns. `columns` is a multiple of F32::kWidth.
template <class Product, class Row>
void pack_right_transposed(const Row& row, int64_t count, int64_t dim, int64_t columns,
                           typename Product::Element* to) {
  constexpr int kWidth = F32::kWidth;
  const int64_t groups = dim / Product::kGroup;
  for (int64_t c = 0; c < columns; c += kWidth) {
    for (int64_t g = 0; g < groups; g += kWidth) {
      const int part = static_cast<int>(smaller(kWidth, groups - g));
      F32 block[kWidth];
      for (int i = 0; i < kWidth; ++i) {
        block[i] = F32::zero();
        if (c + i >= count) continue;
        const auto* from = row(c + i) + g * Product::kGroup;
        block[i] = part == kWidth ? Product::load_groups(from) : Product::load_groups(from, part);
      }
      transpose(block);
      for (int i = 0; i < part; ++i) {
        block[i].store(reinterpret_cast<float*>(to + ((g + i) * columns + c) * Product::kGroup));
      }
    }
  }
}

// rows(r)[d] = from[d · from_step + r] · scale(r's vector), for r < count and d < dim: the way
// back.
template <class Row>
void unpack_transposed(const float* from, int64_t from_step, int64_t count, int64_t dim,
                       const float* scale, const Row& row) {
  constexpr int kWidth = F32::kWidth;
  for (int64_t r = 0; r < count; r += kWidth) {
    const F32 factor = scale == nullptr ? F32::set(1.f) : F32::load(scale + r);
    for (int64_t d = 0; d < dim; d += kWidth) {
      const int part = static_cast<int>(smaller(kWidth, dim - d));
      F32 block[kWidth];
      for (int i = 0; i < kWidth; ++i) {
        block[i] = i < part ? F32::load(from + (d + i) * from_step + r) * factor : F32::zero();
      }
      transpose(block);
      for (int i = 0; i < kWidth && r + i < count; ++i) {
        if (part == kWidth) {
          block[i].store(row(r + i) + d);
        } else {
          block[i].store_part(row(r + i) + d, part);
        }
      }
    }
  }
}

}  // namespace lmos::cpu::LMOS_ISA
