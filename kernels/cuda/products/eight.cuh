// Loads of floats of a type that is known only when the kernel runs.
#pragma once

#include "cuda/float_type.h"
#include "cuda/tensor_core.cuh"

namespace lmos::cuda {

__device__ inline float load_float(const void* data, Float type, int64_t i) {
  if (type == Float::f32) return static_cast<const float*>(data)[i];
  if (type == Float::bf16) return __bfloat162float(static_cast<const __nv_bfloat16*>(data)[i]);
  return __half2float(static_cast<const __half*>(data)[i]);
}

// Eight neighbouring floats of one of two types.
struct Eight {
  float at[8];
};

template <class T>
__device__ inline Eight widen(uint4 packed) {
  Eight result;
  const uint32_t words[4] = {packed.x, packed.y, packed.z, packed.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 pair = unpack<T>(words[i]);
    result.at[2 * i] = pair.x;
    result.at[2 * i + 1] = pair.y;
  }
  return result;
}

template <class T>
__device__ inline Eight load_eight(const void* data, Float type, int64_t i) {
  if (type != Float::f32) {
    return widen<T>(*reinterpret_cast<const uint4*>(static_cast<const T*>(data) + i));
  }
  const float4* from = reinterpret_cast<const float4*>(static_cast<const float*>(data) + i);
  const float4 a = from[0], b = from[1];
  return {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
}

}  // namespace lmos::cuda
