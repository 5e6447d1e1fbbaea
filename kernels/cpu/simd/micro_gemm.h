// Products of small f32 matrices that lie in cache, for kernels that are products inside
// (attention).
#pragma once

#include "cpu/simd/simd.h"

namespace lmos::cpu::LMOS_ISA {

// A left operand: element (row, k) is data[row · row_step + k · k_step].
struct Left {
  const float* data;
  int64_t row_step, k_step;
};

// Accumulators fill most of the register file: 32 registers with AVX-512, else 16.
inline constexpr int kTileRows = F32::kWidth == 16 ? 6 : 4;
inline constexpr int kTileVectors = F32::kWidth == 16 ? 4 : 2;

template <int rows, int count>
LMOS_INLINE void gemm_tile(int64_t k, Left a, const float* b, int64_t b_step, float* c,
                           int64_t c_step, bool accumulate) {
  F32 total[rows][count];
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < count; ++v) {
      total[r][v] = accumulate ? F32::load(c + r * c_step + v * F32::kWidth) : F32::zero();
    }
  }
  for (int64_t i = 0; i < k; ++i) {
    F32 right[count];
    for (int v = 0; v < count; ++v) right[v] = F32::load(b + i * b_step + v * F32::kWidth);
    for (int r = 0; r < rows; ++r) {
      const F32 left = F32::set(a.data[r * a.row_step + i * a.k_step]);
      for (int v = 0; v < count; ++v) total[r][v] = fma(left, right[v], total[r][v]);
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < count; ++v) total[r][v].store(c + r * c_step + v * F32::kWidth);
  }
}

template <int count>
void gemm_columns(int64_t m, int64_t k, Left a, const float* b, int64_t b_step, float* c,
                  int64_t c_step, bool accumulate) {
  int64_t row = 0;
  for (; row + kTileRows <= m; row += kTileRows) {
    gemm_tile<kTileRows, count>(k, {a.data + row * a.row_step, a.row_step, a.k_step}, b, b_step,
                                c + row * c_step, c_step, accumulate);
  }
  for (; row + 2 <= m; row += 2) {
    gemm_tile<2, count>(k, {a.data + row * a.row_step, a.row_step, a.k_step}, b, b_step,
                        c + row * c_step, c_step, accumulate);
  }
  if (row < m) {
    gemm_tile<1, count>(k, {a.data + row * a.row_step, a.row_step, a.k_step}, b, b_step,
                        c + row * c_step, c_step, accumulate);
  }
}

// c [m, n] = a [m, k] · b [k, n], added to c if `accumulate`. n is a multiple of F32::kWidth.
inline void gemm(int64_t m, int64_t n, int64_t k, Left a, const float* b, int64_t b_step, float* c,
                 int64_t c_step, bool accumulate) {
  int64_t column = 0;
  for (; column + kTileVectors * F32::kWidth <= n; column += kTileVectors * F32::kWidth) {
    gemm_columns<kTileVectors>(m, k, a, b + column, b_step, c + column, c_step, accumulate);
  }
  for (; column < n; column += F32::kWidth) {
    gemm_columns<1>(m, k, a, b + column, b_step, c + column, c_step, accumulate);
  }
}

}  // namespace lmos::cpu::LMOS_ISA
