#include "cuda/testing/read_bandwidth.h"

namespace lmos::cuda::testing {
namespace {

inline constexpr int kThreads = 512, kLoads = 8;

__global__ void __launch_bounds__(kThreads)
    read_kernel(const uint4* data, int64_t count, uint32_t* sum) {
  uint32_t total = 0;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < count;
       i += stride * kLoads) {
    uint4 x[kLoads];
#pragma unroll
    for (int j = 0; j < kLoads; ++j) x[j] = i + j * stride < count ? data[i + j * stride] : uint4{};
#pragma unroll
    for (int j = 0; j < kLoads; ++j) total ^= x[j].x ^ x[j].y ^ x[j].z ^ x[j].w;
  }
  if (total == 0x12345678u) *sum = total;  // never, but the compiler can't know
}

}  // namespace

void read_all(const void* data, int64_t bytes, uint32_t* sum, cudaStream_t stream) {
  read_kernel<<<132 * 4, kThreads, 0, stream>>>(static_cast<const uint4*>(data), bytes / 16, sum);
}

}  // namespace lmos::cuda::testing
