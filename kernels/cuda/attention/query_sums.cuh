// Adding up the gradient of queries in memory.
#pragma once

#include <cuda_runtime.h>

namespace lmos::cuda {

// Adds four neighbouring sums of a row. Lanes 2i and 2i + 1 of a group of four hold neighbouring
// pairs of rows g and g + 8: each takes one row.
__device__ inline void add_sums(float* row, float* row8, const float (&sums)[4], bool valid,
                                bool valid8) {
  const bool odd = threadIdx.x & 1;
  const float give0 = odd ? sums[0] : sums[2], give1 = odd ? sums[1] : sums[3];
  const float got0 = __shfl_xor_sync(0xffffffffu, give0, 1);
  const float got1 = __shfl_xor_sync(0xffffffffu, give1, 1);
  const float4 all =
      odd ? float4{got0, got1, sums[2], sums[3]} : float4{sums[0], sums[1], got0, got1};
  float* to = (odd ? row8 : row) + (threadIdx.x & 2) * 2;
  if (!(odd ? valid8 : valid)) return;
#if __CUDA_ARCH__ >= 900
  asm volatile("red.global.add.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(to), "f"(all.x), "f"(all.y),
               "f"(all.z), "f"(all.w)
               : "memory");
#else
  atomicAdd(to, all.x), atomicAdd(to + 1, all.y), atomicAdd(to + 2, all.z),
      atomicAdd(to + 3, all.w);
#endif
}

}  // namespace lmos::cuda
