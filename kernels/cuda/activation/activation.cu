#include "cuda/activation/activation.h"

#include "cuda/map.cuh"

namespace lmos::cuda {
namespace {

__device__ float sigmoid(float x) { return 1 / (1 + expf(-x)); }

template <class T>
struct Swiglu {
  __device__ T operator()(T gate, T up) const {
    const float g = widen(gate);
    return narrow<T>(g * sigmoid(g) * widen(up));
  }
};

// Two results, so no map: dgate = dy · up · s (1 + g (1 − s)) with s = sigmoid(g), dup = dy · g ·
// s.
template <class T, int kWidth>
__global__ void __launch_bounds__(kMapThreads)
    swiglu_grad_kernel(int64_t count, const T* __restrict__ dy, const T* __restrict__ gate,
                       const T* __restrict__ up, T* __restrict__ dgate, T* __restrict__ dup) {
  const auto grad = [](T dy, T gate, T up, T& dgate, T& dup) {
    const float d = widen(dy), g = widen(gate), s = sigmoid(g);
    dgate = narrow<T>(d * widen(up) * s * (1 + g * (1 - s)));
    dup = narrow<T>(d * g * s);
  };
  using Elements = Pack<T, kWidth>;
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * kMapThreads + threadIdx.x) * kWidth;
  if (first + kWidth <= count) {
    const Elements d = *reinterpret_cast<const Elements*>(dy + first);
    const Elements g = *reinterpret_cast<const Elements*>(gate + first);
    const Elements u = *reinterpret_cast<const Elements*>(up + first);
    Elements dg, du;
    for (int i = 0; i < kWidth; ++i) grad(d.at[i], g.at[i], u.at[i], dg.at[i], du.at[i]);
    *reinterpret_cast<Elements*>(dgate + first) = dg;
    *reinterpret_cast<Elements*>(dup + first) = du;
  } else {
    for (int64_t i = first; i < count; ++i) grad(dy[i], gate[i], up[i], dgate[i], dup[i]);
  }
}

constexpr float kRootHalf = 0.70710678118654752f;
constexpr float kRootTwoOverPi = 0.79788456080286536f;
constexpr float kCubic = 0.044715f;

// ½ (1 + tanh(u)) as 1 / (1 + e^(-2u)).
__device__ float tanh_weight(float x) {
  return 1 / (1 + expf(-2 * kRootTwoOverPi * (x + kCubic * x * x * x)));
}

template <class T>
struct Gelu {
  bool approximate;
  __device__ T operator()(T element) const {
    const float x = widen(element);
    if (approximate) {
      return narrow<T>(x * tanh_weight(x));
    }
    return narrow<T>(0.5f * x * (1 + erff(x * kRootHalf)));
  }
};

template <class T>
struct GeluGrad {
  bool approximate;
  __device__ T operator()(T dy, T element) const {
    const float x = widen(element);
    float slope;
    if (approximate) {
      const float s = tanh_weight(x);
      slope = s + x * s * (1 - s) * 2 * kRootTwoOverPi * (1 + 3 * kCubic * x * x);
    } else {
      // Φ(x) + x φ(x)
      slope = 0.5f * (1 + erff(x * kRootHalf)) + x * 0.5f * kRootTwoOverPi * expf(-0.5f * x * x);
    }
    return narrow<T>(widen(dy) * slope);
  }
};

}  // namespace

void swiglu(cudaStream_t stream, Float type, int64_t count, const void* gate, const void* up,
            void* y) {
  with_float(type, [&](auto element) {
    using T = decltype(element);
    map(stream, count, Swiglu<T>{}, static_cast<T*>(y), static_cast<const T*>(gate),
        static_cast<const T*>(up));
  });
}

void swiglu_grad(cudaStream_t stream, Float type, int64_t count, const void* dy, const void* gate,
                 const void* up, void* dgate, void* dup) {
  if (count == 0) return;
  with_float(type, [&](auto element) {
    using T = decltype(element);
    constexpr int kWidth = kPackWidth<T>;
    const auto blocks = static_cast<unsigned>(ceil_div(count, int64_t{kMapThreads} * kWidth));
    swiglu_grad_kernel<T, kWidth><<<blocks, kMapThreads, 0, stream>>>(
        count, static_cast<const T*>(dy), static_cast<const T*>(gate), static_cast<const T*>(up),
        static_cast<T*>(dgate), static_cast<T*>(dup));
  });
}

void gelu(cudaStream_t stream, Float type, bool approximate, int64_t count, const void* x,
          void* y) {
  with_float(type, [&](auto element) {
    using T = decltype(element);
    map(stream, count, Gelu<T>{approximate}, static_cast<T*>(y), static_cast<const T*>(x));
  });
}

void gelu_grad(cudaStream_t stream, Float type, bool approximate, int64_t count, const void* dy,
               const void* x, void* dx) {
  with_float(type, [&](auto element) {
    using T = decltype(element);
    map(stream, count, GeluGrad<T>{approximate}, static_cast<T*>(dx), static_cast<const T*>(dy),
        static_cast<const T*>(x));
  });
}

}  // namespace lmos::cuda
