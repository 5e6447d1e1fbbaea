// y[i] = f(x[i], ...) over whole arrays, 16 bytes an access.
#pragma once

#include "cuda/element.cuh"

namespace lmos::cuda {

inline constexpr int kMapThreads = 256;

// One pack of kWidth elements a thread; what is left at the end, element by element.
template <int kWidth, class Y, class F, class... X>
__global__ void __launch_bounds__(kMapThreads)
    map_kernel(int64_t count, F f, Y* __restrict__ y, const X* __restrict__... x) {
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * kMapThreads + threadIdx.x) * kWidth;
  if (first + kWidth <= count) {
    Pack<Y, kWidth> result;
    [&](const auto&... packs) {
#pragma unroll
      for (int i = 0; i < kWidth; ++i) result.at[i] = f(packs.at[i]...);
    }(*reinterpret_cast<const Pack<X, kWidth>*>(x + first)...);
    *reinterpret_cast<Pack<Y, kWidth>*>(y + first) = result;
  } else {
    for (int64_t i = first; i < count; ++i) y[i] = f(x[i]...);
  }
}

template <class Y, class F, class... X>
void map(cudaStream_t stream, int64_t count, F f, Y* y, const X*... x) {
  if (count == 0) return;
  constexpr int kWidth = kPackWidth<Y, X...>;
  const auto blocks = static_cast<unsigned>(ceil_div(count, int64_t{kMapThreads} * kWidth));
  map_kernel<kWidth><<<blocks, kMapThreads, 0, stream>>>(count, f, y, x...);
}

}  // namespace lmos::cuda
