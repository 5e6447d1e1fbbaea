// What kernels on tensor cores share: asynchronous copies into swizzled tiles of shared memory,
// fragments, and the 16×8×16 product of bf16 or f16 with f32 sums.
//
// Fragments (PTX ISA, "mma.m16n8k16"), of lane = 4 g + t:
//   a[4]: rows g, g + 8, g, g + 8; columns 2t, 2t, 2t + 8, 2t + 8 and the next
//   b[2]: rows 2t and 2t + 8 and the next; column g
//   c[4]: rows g, g, g + 8, g + 8; columns 2t, 2t + 1, 2t, 2t + 1
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "cuda/float_type.h"

namespace lmos::cuda {

inline constexpr float kLog2E = 1.4426950408889634f;
inline constexpr float kLn2 = 0.6931471805599453f;

__device__ inline uint32_t shared_address(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

// Copies 16 bytes, or writes zeros if not valid; `from` is then not read.
__device__ inline void copy_async(uint32_t to, const void* from, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from),
               "r"(valid ? 16 : 0)
               : "memory");
}
__device__ inline void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int kPending>
__device__ inline void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

__device__ inline void load_fragments(uint32_t (&r)[4], uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}
__device__ inline void load_fragments_transposed(uint32_t (&r)[4], uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}

template <class T>
__device__ inline void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1);
template <>
__device__ inline void multiply<__nv_bfloat16>(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                                               uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
      "{%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
template <>
__device__ inline void multiply<__half>(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                                        uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
      "{%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

template <class T>
__device__ inline uint32_t pack(float low, float high);
template <>
__device__ inline uint32_t pack<__nv_bfloat16>(float low, float high) {
  uint32_t r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
template <>
__device__ inline uint32_t pack<__half>(float low, float high) {
  uint32_t r;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}

template <class T>
__device__ inline float2 unpack(uint32_t pair);
template <>
__device__ inline float2 unpack<__nv_bfloat16>(uint32_t pair) {
  return {__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000u)};
}
template <>
__device__ inline float2 unpack<__half>(uint32_t pair) {
  return __half22float2(*reinterpret_cast<const __half2*>(&pair));
}

__device__ inline float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// A tile of 16-bit elements in shared memory, [rows, kColumns], kColumns a multiple of 64. The
// 16-byte chunk c of row r lies at chunk c ^ (r mod 8), so that eight neighbouring rows of one
// column meet all banks.
template <int kColumns>
struct Tile {
  static_assert(kColumns % 64 == 0);
  static constexpr int kRowBytes = kColumns * 2;
  static constexpr int bytes(int rows) { return rows * kRowBytes; }
  __device__ static uint32_t offset(int row, int chunk) {
    return row * kRowBytes + ((chunk ^ (row & 7)) << 4);
  }
};

// Begins to fill a tile of kRows rows from rows `step` elements apart; what lies beyond `rows` or
// `columns` becomes zero.
template <int kColumns, int kRows, int kThreads, class T>
__device__ inline void load_tile(uint32_t tile, const T* from, int64_t step, int rows,
                                 int columns) {
  constexpr int kChunks = kColumns / 8;
  static_assert(kRows * kChunks % kThreads == 0);
#pragma unroll
  for (int i = 0; i < kRows * kChunks / kThreads; ++i) {
    const int index = i * kThreads + static_cast<int>(threadIdx.x);
    const int row = index / kChunks, chunk = index % kChunks;
    const bool valid = row < rows && chunk * 8 < columns;
    copy_async(tile + Tile<kColumns>::offset(row, chunk),
               valid ? from + row * step + chunk * 8 : from, valid);
  }
}

// Where a lane points for the fragments of a 16×16 block whose first row and chunk are given.
// a: the block as left operand, or (transposed) a block stored [k, n] as right operand of two
// neighbouring column groups.
template <int kColumns>
__device__ inline uint32_t left_address(uint32_t tile, int row, int chunk) {
  const int lane = threadIdx.x & 31;
  return tile + Tile<kColumns>::offset(row + (lane & 15), chunk + (lane >> 4));
}
// A block stored [n, k] as right operand of two neighbouring column groups, or (transposed) a
// block stored [k, m] as left operand.
template <int kColumns>
__device__ inline uint32_t right_address(uint32_t tile, int row, int chunk) {
  const int lane = threadIdx.x & 31;
  return tile +
         Tile<kColumns>::offset(row + (lane & 7) + ((lane >> 4) << 3), chunk + ((lane >> 3) & 1));
}

// c[rows kM·16, columns kN·8] += left · right over kDepth, both tiles stored with depth contiguous.
template <class T, int kM, int kN, int kDepth, int kColumns>
__device__ inline void multiply_tiles(float (&c)[kM][kN][4], uint32_t left, int left_row,
                                      uint32_t right) {
#pragma unroll
  for (int k = 0; k < kDepth / 16; ++k) {
    uint32_t a[kM][4];
#pragma unroll
    for (int m = 0; m < kM; ++m)
      load_fragments(a[m], left_address<kColumns>(left, left_row + m * 16, 2 * k));
#pragma unroll
    for (int n = 0; n < kN / 2; ++n) {
      uint32_t b[4];
      load_fragments(b, right_address<kColumns>(right, n * 16, 2 * k));
#pragma unroll
      for (int m = 0; m < kM; ++m) {
        multiply<T>(c[m][2 * n], a[m], b[0], b[1]);
        multiply<T>(c[m][2 * n + 1], a[m], b[2], b[3]);
      }
    }
  }
}

// c += left · right with the left operand in registers, as `depth` column groups of sums packed to
// 16 bits, and right stored [depth, columns] from `chunk` on.
template <class T, int kM, int kN, int kDepth, int kColumns>
__device__ inline void multiply_packed(float (&c)[kM][kN][4],
                                       const uint32_t (&left)[kM][kDepth / 8][2], uint32_t right,
                                       int chunk) {
#pragma unroll
  for (int k = 0; k < kDepth / 16; ++k) {
#pragma unroll
    for (int n = 0; n < kN / 2; ++n) {
      uint32_t b[4];
      load_fragments_transposed(b, left_address<kColumns>(right, k * 16, chunk + n * 2));
#pragma unroll
      for (int m = 0; m < kM; ++m) {
        const uint32_t a[4] = {left[m][2 * k][0], left[m][2 * k][1], left[m][2 * k + 1][0],
                               left[m][2 * k + 1][1]};
        multiply<T>(c[m][2 * n], a, b[0], b[1]);
        multiply<T>(c[m][2 * n + 1], a, b[2], b[3]);
      }
    }
  }
}

}  // namespace lmos::cuda
