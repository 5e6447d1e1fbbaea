// Products of small matrices that lie in cache, for kernels that are products inside (attention).
#pragma once

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {

// How operands are stored and multiplied. A step of the product consumes kGroup neighbouring values
// of k at once:
//   left operand   row-major, the values of a group side by side;
//   right operand  [k / kGroup, n, kGroup].
struct F32Product {
  static constexpr int kGroup = 1;
  using Element = float;
  using Values = F32;
  static Values broadcast(const float* p) { return F32::set(*p); }
  static Values load(const float* p) { return F32::load(p); }
  static F32 add(F32 total, Values a, Values b) { return fma(a, b, total); }

  // The vectors at columns c … of rows k and k + 1 of a right operand; `to` is its element (k, c),
  // k even.
  static void store_rows(float* to, int64_t columns, F32 even, F32 odd) {
    even.store(to);
    odd.store(to + columns);
  }
  // One group of each of kWidth columns, as bits.
  template <class T>
  static F32 load_groups(const T* p) {
    return F32::load(p);
  }
  template <class T>
  static F32 load_groups(const T* p, int count) {
    return F32::load_part(p, count);
  }
};

#if defined(__AVX512BF16__)
struct Bf16Product {
  static constexpr int kGroup = 2;
  using Element = bf16;
  using Values = __m512bh;
  static Values broadcast(const bf16* p) {
    int32_t pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
  }
  static Values load(const bf16* p) { return reinterpret_cast<__m512bh>(_mm512_loadu_si512(p)); }
  static F32 add(F32 total, Values a, Values b) { return {_mm512_dpbf16_ps(total.v, a, b)}; }

  static void store_rows(bf16* to, int64_t, F32 even, F32 odd) {
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const auto both = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(odd.v, even.v));
    _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, both));
  }
  static F32 load_groups(const bf16* p) { return {_mm512_loadu_ps(p)}; }
  static F32 load_groups(const bf16* p, int count) {
    return {_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1u), p)};
  }
};
#endif

// The product for operands of type T whose inner dimension is even or not.
template <class T>
struct ProductFor {
  using even = F32Product;
};
#if defined(__AVX512BF16__)
template <>
struct ProductFor<bf16> {
  using even = Bf16Product;
};
#endif

// A left operand: the group of values (row, k … k + kGroup) begins at data[row · row_step + (k /
// kGroup) · k_step].
template <class Product>
struct Left {
  const typename Product::Element* data;
  int64_t row_step, k_step;
};

template <class Product, int rows, int count>
LMOS_INLINE void gemm_tile(int64_t groups, Left<Product> a, const typename Product::Element* b,
                           int64_t b_step, float* c, int64_t c_step, bool accumulate) {
  F32 total[rows][count];
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < count; ++v) {
      total[r][v] = accumulate ? F32::load(c + r * c_step + v * F32::kWidth) : F32::zero();
    }
  }
  for (int64_t g = 0; g < groups; ++g) {
    typename Product::Values right[count];
    for (int v = 0; v < count; ++v) {
      right[v] = Product::load(b + g * b_step + v * F32::kWidth * Product::kGroup);
    }
    for (int r = 0; r < rows; ++r) {
      const auto left = Product::broadcast(a.data + r * a.row_step + g * a.k_step);
      for (int v = 0; v < count; ++v) total[r][v] = Product::add(total[r][v], left, right[v]);
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < count; ++v) total[r][v].store(c + r * c_step + v * F32::kWidth);
  }
}

template <class Product, int rows, int count>
LMOS_INLINE int64_t gemm_rows(int64_t row, int64_t m, int64_t groups, Left<Product> a,
                              const typename Product::Element* b, int64_t b_step, float* c,
                              int64_t c_step, bool accumulate) {
  for (; row + rows <= m; row += rows) {
    gemm_tile<Product, rows, count>(groups, {a.data + row * a.row_step, a.row_step, a.k_step}, b,
                                    b_step, c + row * c_step, c_step, accumulate);
  }
  return row;
}

template <class Product, int count>
void gemm_columns(int64_t m, int64_t groups, Left<Product> a, const typename Product::Element* b,
                  int64_t b_step, float* c, int64_t c_step, bool accumulate) {
  // Accumulators fill most of the register file: 32 registers with AVX-512, else 16.
  constexpr int kRows = F32::kWidth == 16 ? (count == 4 ? 6 : 12) : (count == 2 ? 4 : 8);
  int64_t row = gemm_rows<Product, kRows, count>(0, m, groups, a, b, b_step, c, c_step, accumulate);
  row = gemm_rows<Product, 4, count>(row, m, groups, a, b, b_step, c, c_step, accumulate);
  gemm_rows<Product, 1, count>(row, m, groups, a, b, b_step, c, c_step, accumulate);
}

// c [m, n] = a [m, k] · b [k, n], added to c if `accumulate`. k is a multiple of kGroup and n of
// F32::kWidth. b_step: elements from one group of b's rows to the next.
template <class Product>
void gemm(int64_t m, int64_t n, int64_t k, Left<Product> a, const typename Product::Element* b,
          int64_t b_step, float* c, int64_t c_step, bool accumulate) {
  constexpr int kMost = F32::kWidth == 16 ? 4 : 2;  // vectors of a tile's row
  const int64_t groups = k / Product::kGroup;
  int64_t column = 0;
  const auto columns = [&]<int count>(Type<int[count]>) {
    for (; column + count * F32::kWidth <= n; column += count * F32::kWidth) {
      gemm_columns<Product, count>(m, groups, a, b + column * Product::kGroup, b_step, c + column,
                                   c_step, accumulate);
    }
  };
  columns(Type<int[kMost]>{});
  if constexpr (kMost > 2) columns(Type<int[2]>{});
  columns(Type<int[1]>{});
}

}  // namespace lmos::cpu::LMOS_ISA
