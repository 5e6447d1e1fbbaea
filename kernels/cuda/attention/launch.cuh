// Launching with more than 48 KiB of shared memory, and the template parameters that a head_dim
// needs.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include "cuda/attention/attention.h"

namespace lmos::cuda {

template <class Arguments>
void launch(void (*kernel)(Arguments), dim3 grid, dim3 threads, size_t shared_bytes,
            cudaStream_t stream, const Arguments& args) {
  cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                       static_cast<int>(shared_bytes));
  kernel<<<grid, threads, shared_bytes, stream>>>(args);
}

// Whether the current device has "wgmma": compute capability 9.0 alone.
inline bool has_warpgroup_products() {
  int device = 0, major = 0, minor = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  return major == 9 && minor == 0;
}

template <auto kValue>
struct Constant {
  static constexpr auto value = kValue;
};

// body(Constant<D>) for the columns D of the tiles that hold `dim`.
template <class Body>
void with_dim(int64_t dim, const Body& body) {
  if (dim <= 64) {
    body(Constant<64>{});
  } else if (dim <= 128) {
    body(Constant<128>{});
  } else {
    body(Constant<256>{});
  }
}

template <class T>
struct Tag {
  using type = T;
};

template <class Body>
void with_half_type(Float type, const Body& body) {
  if (type == Float::bf16) {
    body(Tag<__nv_bfloat16>{});
  } else {
    body(Tag<__half>{});
  }
}

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace lmos::cuda
