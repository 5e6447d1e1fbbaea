#include <cuda_fp8.h>

#include "cuda/element.cuh"
#include "cuda/products/dequantize.h"

namespace lmos::cuda {
namespace {

constexpr int kDequantizeThreads = 256;

template <WeightFormat format>
__device__ float stored_value(uint8_t bits) {
  if constexpr (format == WeightFormat::int8) {
    return static_cast<float>(static_cast<int8_t>(bits));
  } else {
    __nv_fp8_e4m3 value;
    value.__x = bits;
    return static_cast<float>(value);
  }
}

// kWidth neighbours of a row a thread; rows are whole multiples of it.
template <WeightFormat format, class T, int kWidth>
__global__ void __launch_bounds__(kDequantizeThreads)
    dequantize_kernel(int64_t packs, int64_t row_packs, const uint8_t* __restrict__ q,
                      const float* __restrict__ scales, T* __restrict__ w) {
  const int64_t pack = static_cast<int64_t>(blockIdx.x) * kDequantizeThreads + threadIdx.x;
  if (pack >= packs) return;
  const float scale = scales[pack / row_packs];
  const auto stored = reinterpret_cast<const Pack<uint8_t, kWidth>*>(q)[pack];
  Pack<T, kWidth> result;
#pragma unroll
  for (int i = 0; i < kWidth; ++i)
    result.at[i] = narrow<T>(stored_value<format>(stored.at[i]) * scale);
  reinterpret_cast<Pack<T, kWidth>*>(w)[pack] = result;
}

template <WeightFormat format, class T, int kWidth>
void enqueue_dequantize(cudaStream_t stream, int64_t outputs, int64_t inputs, const void* q,
                        const float* scales, void* w) {
  const int64_t packs = outputs * inputs / kWidth;
  if (packs == 0) return;
  const auto blocks = static_cast<unsigned>(ceil_div(packs, int64_t{kDequantizeThreads}));
  dequantize_kernel<format, T, kWidth><<<blocks, kDequantizeThreads, 0, stream>>>(
      packs, inputs / kWidth, static_cast<const uint8_t*>(q), scales, static_cast<T*>(w));
}

template <WeightFormat format>
void dequantize_format(cudaStream_t stream, Float type, int64_t outputs, int64_t inputs,
                       const void* q, const float* scales, void* w) {
  with_float(type, [&]<class T>(T) {
    constexpr int kWidth = kPackWidth<T>;
    const auto enqueue = inputs % kWidth == 0 ? enqueue_dequantize<format, T, kWidth>
                                              : enqueue_dequantize<format, T, 1>;
    enqueue(stream, outputs, inputs, q, scales, w);
  });
}

}  // namespace

void dequantize(cudaStream_t stream, WeightFormat format, Float type, int64_t outputs,
                int64_t inputs, const void* q, const float* scales, void* w) {
  const auto by_format = format == WeightFormat::int8 ? dequantize_format<WeightFormat::int8>
                                                      : dequantize_format<WeightFormat::e4m3>;
  by_format(stream, type, outputs, inputs, q, scales, w);
}

}  // namespace lmos::cuda
