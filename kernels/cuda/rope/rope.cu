#include "cuda/rope/rope.h"

#include <algorithm>

#include "cuda/element.cuh"
#include "cuda/rope/angle.cuh"

namespace lmos::cuda {
namespace {

constexpr int kThreads = 256;

// A token a block: its heads share the angles.
template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads) rope_kernel(Rope args) {
  extern __shared__ float2 turns[];  // [head_dim / 2]: cosine and sine
  const int64_t half = args.head_dim / 2, token = blockIdx.x;
  for (int64_t i = threadIdx.x; i < half; i += blockDim.x) {
    const float2 turn = turn_of(args.positions[token], args.frequencies[i]);
    turns[i] = {turn.x, args.inverse ? -turn.y : turn.y};
  }
  __syncthreads();
  const int64_t packs = half / kWidth;
  const T* x = static_cast<const T*>(args.x) + token * args.heads * args.head_dim;
  T* y = static_cast<T*>(args.y) + token * args.heads * args.head_dim;
  for (int64_t n = threadIdx.x; n < args.heads * packs; n += blockDim.x) {
    const int64_t i = n % packs * kWidth, place = n / packs * args.head_dim + i;
    using Elements = Pack<T, kWidth>;
    Elements low = *reinterpret_cast<const Elements*>(x + place);
    Elements high = *reinterpret_cast<const Elements*>(x + place + half);
    for (int k = 0; k < kWidth; ++k) {
      const float a = widen(low.at[k]), b = widen(high.at[k]);
      const float2 turn = turns[i + k];
      low.at[k] = narrow<T>(a * turn.x - b * turn.y);
      high.at[k] = narrow<T>(b * turn.x + a * turn.y);
    }
    *reinterpret_cast<Elements*>(y + place) = low;
    *reinterpret_cast<Elements*>(y + place + half) = high;
  }
}

}  // namespace

void rope(cudaStream_t stream, const Rope& args) {
  if (args.tokens == 0) return;
  with_float(args.type, [&](auto element) {
    using T = decltype(element);
    constexpr int kWidth = kPackWidth<T>;
    const int64_t half = args.head_dim / 2;
    const bool wide = half % kWidth == 0;
    const int64_t work = args.heads * half / (wide ? kWidth : 1);
    const auto threads =
        static_cast<unsigned>(std::clamp<int64_t>(ceil_div(work, 32) * 32, 32, kThreads));
    const auto kernel = wide ? rope_kernel<T, kWidth> : rope_kernel<T, 1>;
    kernel<<<static_cast<unsigned>(args.tokens), threads,
             static_cast<size_t>(half) * sizeof(float2), stream>>>(args);
  });
}

}  // namespace lmos::cuda
