// Elements on the device: conversions, packs of 16 bytes, sums over warps and blocks.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <type_traits>

#include "cuda/float_type.h"
#include "cuda/scalar.h"

namespace lmos::cuda {

using bf16 = __nv_bfloat16;
using f16 = __half;

template <class T>
constexpr bool kIsHalf = std::is_same_v<T, bf16> || std::is_same_v<T, f16>;

// What arithmetic on T is done in.
template <class T>
using math_t = std::conditional_t<kIsHalf<T>, float, T>;

__device__ inline float widen(bf16 x) { return __bfloat162float(x); }
__device__ inline float widen(f16 x) { return __half2float(x); }
__device__ inline float widen(float x) { return x; }
__device__ inline double widen(double x) { return x; }
__device__ inline int32_t widen(int32_t x) { return x; }
__device__ inline int64_t widen(int64_t x) { return x; }

// Rounds once, to nearest even. Floats become integers by truncation, out of range the nearest
// integer, and NaN becomes 0.
template <class To, class From>
__device__ inline To narrow(From x) {
  if constexpr (std::is_same_v<To, bf16>) {
    if constexpr (std::is_same_v<From, float>) return __float2bfloat16_rn(x);
    return __double2bfloat16(static_cast<double>(x));
  } else if constexpr (std::is_same_v<To, f16>) {
    if constexpr (std::is_same_v<From, float>) return __float2half_rn(x);
    return __double2half(static_cast<double>(x));
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    return x == x ? static_cast<To>(x) : To{0};  // the conversion saturates
  } else {
    return static_cast<To>(x);
  }
}

// N elements that one instruction reads or writes; at an address that is a multiple of its size.
template <class T, int N>
struct alignas(sizeof(T) * N) Pack {
  T at[N];
};

// Elements in 16 bytes of the largest of the types.
template <class... T>
constexpr int kPackWidth = [] {
  int largest = 0;
  ((largest = static_cast<int>(sizeof(T)) > largest ? static_cast<int>(sizeof(T)) : largest), ...);
  return 16 / largest;
}();

template <class T>
__device__ inline float load_as_float(const void* data, int64_t i) {
  return static_cast<float>(widen(static_cast<const T*>(data)[i]));
}

// A float operand whose type is known at run time only.
struct FloatSource {
  const void* data;
  Float type;
  __device__ float operator[](int64_t i) const {
    return type == Float::f32    ? load_as_float<float>(data, i)
           : type == Float::bf16 ? load_as_float<bf16>(data, i)
                                 : load_as_float<f16>(data, i);
  }
};
struct FloatTarget {
  void* data;
  Float type;
  __device__ void set(int64_t i, float x) const {
    if (type == Float::f32) {
      static_cast<float*>(data)[i] = x;
    } else if (type == Float::bf16) {
      static_cast<bf16*>(data)[i] = narrow<bf16>(x);
    } else {
      static_cast<f16*>(data)[i] = narrow<f16>(x);
    }
  }
};

// The result is in every lane.
template <class T, class F>
__device__ inline T reduce_warp(T x, F f) {
  for (int offset = 16; offset > 0; offset /= 2) x = f(x, __shfl_xor_sync(0xffffffffu, x, offset));
  return x;
}

// The result is in every thread. All threads of the block call it; blockDim.x is a multiple of 32,
// at most 1024. `shared` holds 33 elements. In a fixed order.
template <class T, class F>
__device__ inline T reduce_block(T x, T* shared, F f) {
  x = reduce_warp(x, f);
  const unsigned warp = threadIdx.x / 32, warps = blockDim.x / 32;
  if (threadIdx.x % 32 == 0) shared[warp] = x;
  __syncthreads();
  if (threadIdx.x == 0) {
    T total = shared[0];
    for (unsigned i = 1; i < warps; ++i) total = f(total, shared[i]);
    shared[32] = total;
  }
  __syncthreads();
  return shared[32];
}

struct Sum {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};
struct Maximum {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Calls f(T{}) for a type that is known at run time: with_float for the floats that models
// compute in.
template <class F>
inline void with_float(Float type, F&& f) {
  if (type == Float::f32) {
    f(float{});
  } else if (type == Float::bf16) {
    f(bf16{});
  } else {
    f(f16{});
  }
}
template <class F>
inline void with_number(Scalar type, F&& f) {
  switch (type) {
    case Scalar::f64:
      return f(double{});
    case Scalar::f32:
      return f(float{});
    case Scalar::bf16:
      return f(bf16{});
    case Scalar::f16:
      return f(f16{});
    case Scalar::i64:
      return f(int64_t{});
    case Scalar::i32:
      return f(int32_t{});
  }
}

}  // namespace lmos::cuda
