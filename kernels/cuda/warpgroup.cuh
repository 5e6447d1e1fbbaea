// Products by a warpgroup, four warps together, with operands read from shared memory while the
// warps go on ("wgmma", PTX ISA 9.7.15; compute capability 9.0a only).
//
// Tiles are [rows, 64] of 16-bit elements as Tile<64> lays them out (128-byte swizzle), at
// multiples of 1024 bytes. A 64 × 64 block of sums is c[8][4] a lane, laid out as eight blocks of
// the 16-row product of tensor_core.cuh; warp w of the group holds rows 16 w to 16 w + 15.
#pragma once

#include "cuda/tensor_core.cuh"

namespace lmos::cuda {

// Eight rows of a tile are 1024 bytes apart from the next eight. `further`: bytes from there on, a
// constant that is added last, so that operands of one tile share the rest.
__device__ inline uint64_t tile_descriptor(uint32_t address, uint32_t further) {
  constexpr uint64_t kEightRows = 1024 >> 4, kSwizzle128 = uint64_t{1} << 62;
  const uint32_t low = ((address & 0x3ffff) >> 4 | uint32_t{1} << 16) + (further >> 4);
  return kSwizzle128 | kEightRows << 32 | low;
}
// The operand whose depth runs along the rows of `tile` [rows, 64], from `row` on, 16 deep from
// column 16 `step` on.
__device__ inline uint64_t along_rows(uint32_t tile, int row, int step) {
  return tile_descriptor(tile, row * 128 + step * 32);
}
// The (transposed) operand whose depth runs down the rows of `tile`, 16 deep from row 16 `step` on.
__device__ inline uint64_t down_rows(uint32_t tile, int step) {
  return tile_descriptor(tile, step * 2048);
}

// What threads stored to shared memory (and asynchronous copies that they waited for) is seen by
// products that are begun after the next barrier.
__device__ inline void publish_to_products() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
// Before the first of some products, after their registers were last touched.
__device__ inline void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void commit_products() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int kPending>
__device__ inline void wait_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}
// Keeps the compiler from moving uses of sums across the waits and fences around it.
template <int kN>
__device__ inline void pin(float (&c)[kN][4]) {
#pragma unroll
  for (int n = 0; n < kN; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) asm volatile("" : "+f"(c[n][i])::"memory");
}

#define LMOS_SUMS                            \
  "{%0, %1, %2, %3, %4, %5, %6, %7, "        \
  "%8, %9, %10, %11, %12, %13, %14, %15, "   \
  "%16, %17, %18, %19, %20, %21, %22, %23, " \
  "%24, %25, %26, %27, %28, %29, %30, %31}, "

#define LMOS_SUM_OPERANDS                                                                       \
  "+f"(c[0][0]), "+f"(c[0][1]), "+f"(c[0][2]), "+f"(c[0][3]), "+f"(c[1][0]), "+f"(c[1][1]),     \
      "+f"(c[1][2]), "+f"(c[1][3]), "+f"(c[2][0]), "+f"(c[2][1]), "+f"(c[2][2]), "+f"(c[2][3]), \
      "+f"(c[3][0]), "+f"(c[3][1]), "+f"(c[3][2]), "+f"(c[3][3]), "+f"(c[4][0]), "+f"(c[4][1]), \
      "+f"(c[4][2]), "+f"(c[4][3]), "+f"(c[5][0]), "+f"(c[5][1]), "+f"(c[5][2]), "+f"(c[5][3]), \
      "+f"(c[6][0]), "+f"(c[6][1]), "+f"(c[6][2]), "+f"(c[6][3]), "+f"(c[7][0]), "+f"(c[7][1]), \
      "+f"(c[7][2]), "+f"(c[7][3])

// c (+)= a · b with both operands in shared memory; kDownA, kDownB: depth runs down their rows.
#define LMOS_MULTIPLY_SHARED(T, type)                                                            \
  template <bool kDownA, bool kDownB>                                                            \
  __device__ inline void multiply_shared(T, float(&c)[8][4], uint64_t a, uint64_t b, bool add) { \
    asm volatile(                                                                                \
        "{\n.reg .pred add;\nsetp.ne.b32 add, %34, 0;\n"                                         \
        "wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " " LMOS_SUMS                \
        "%32, %33, add, 1, 1, %35, %36;\n}"                                                      \
        : LMOS_SUM_OPERANDS                                                                      \
        : "l"(a), "l"(b), "r"(static_cast<int>(add)), "n"(kDownA ? 1 : 0), "n"(kDownB ? 1 : 0)); \
  }
LMOS_MULTIPLY_SHARED(__nv_bfloat16, "bf16")
LMOS_MULTIPLY_SHARED(__half, "f16")

// c (+)= a · b with a in registers, as fragments of tensor_core.cuh.
#define LMOS_MULTIPLY_REGISTERS(T, type)                                                           \
  template <bool kDownB>                                                                           \
  __device__ inline void multiply_registers(T, float(&c)[8][4], const uint32_t(&a)[4], uint64_t b, \
                                            bool add) {                                            \
    asm volatile(                                                                                  \
        "{\n.reg .pred add;\nsetp.ne.b32 add, %37, 0;\n"                                           \
        "wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " " LMOS_SUMS                  \
        "{%32, %33, %34, %35}, %36, add, 1, 1, %38;\n}"                                            \
        : LMOS_SUM_OPERANDS                                                                        \
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(add)),          \
          "n"(kDownB ? 1 : 0));                                                                    \
  }
LMOS_MULTIPLY_REGISTERS(__nv_bfloat16, "bf16")
LMOS_MULTIPLY_REGISTERS(__half, "f16")

#undef LMOS_MULTIPLY_REGISTERS
#undef LMOS_MULTIPLY_SHARED
#undef LMOS_SUM_OPERANDS
#undef LMOS_SUMS

}  // namespace lmos::cuda
