#include "cuda/random/random.h"

#include "cuda/element.cuh"
#include "cuda/random/philox.cuh"

namespace lmos::cuda {
namespace {

constexpr int kThreads = 256;

// Four elements a thread, as one call of the generator gives them. f(u, i) for each.
template <class F>
__device__ void for_four(const int64_t* state, uint32_t site, int64_t count, F&& f) {
  const int64_t block = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (block * 4 >= count) return;
  const float4 u = uniforms(state, site, block);
  const float each[4] = {u.x, u.y, u.z, u.w};
  for (int k = 0; k < 4; ++k) {
    if (block * 4 + k < count) f(each[k], block * 4 + k);
  }
}

__global__ void __launch_bounds__(kThreads)
    uniform_kernel(const int64_t* state, uint32_t site, int64_t count, float* y) {
  for_four(state, site, count, [&](float u, int64_t i) { y[i] = u; });
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    dropout_kernel(const int64_t* state, uint32_t site, float threshold, float scale, int64_t count,
                   const T* x, T* y) {
  for_four(state, site, count, [&](float u, int64_t i) {
    y[i] = narrow<T>(u >= threshold ? widen(x[i]) * scale : 0.f);
  });
}

unsigned blocks_for(int64_t count) { return static_cast<unsigned>(ceil_div(count, 4 * kThreads)); }

}  // namespace

void random_uniform(cudaStream_t stream, const int64_t* state, uint32_t site, int64_t count,
                    float* y) {
  if (count == 0) return;
  uniform_kernel<<<blocks_for(count), kThreads, 0, stream>>>(state, site, count, y);
}

void dropout(cudaStream_t stream, Float type, const int64_t* state, uint32_t site, float threshold,
             float scale, int64_t count, const void* x, void* y) {
  if (count == 0) return;
  with_float(type, [&](auto element) {
    using T = decltype(element);
    dropout_kernel<<<blocks_for(count), kThreads, 0, stream>>>(
        state, site, threshold, scale, count, static_cast<const T*>(x), static_cast<T*>(y));
  });
}

}  // namespace lmos::cuda
