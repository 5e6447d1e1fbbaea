// Kernels that start while the kernel before them in the stream still runs ("programmatic dependent
// launch"): they fetch what that kernel does not write, and wait before they touch anything else.
//
// Every block of such a kernel calls wait_for_previous(), also one that has nothing to do:
// kernels later in the stream rely on it.
#pragma once

#include <cuda_runtime.h>

namespace lmos::cuda {

// What kernels before wrote is visible after; before it, only memory that they don't write is read.
__device__ inline void wait_for_previous() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
// The next kernel may start once every block has called this or ended.
__device__ inline void let_next_start() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// `cluster`: neighbouring blocks along x that share their memory; 1 on devices before 9.0.
template <class Arguments>
void launch_dependent(void (*kernel)(Arguments), dim3 grid, dim3 threads, size_t shared_bytes,
                      unsigned cluster, cudaStream_t stream, const Arguments& args) {
  if (shared_bytes > 32 * 1024) {  // static shared memory counts too
    cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                         static_cast<int>(shared_bytes));
  }
  if (cluster > 8) {
    cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1);
  }
  cudaLaunchAttribute attributes[2] = {};
  attributes[0].id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attributes[0].val.programmaticStreamSerializationAllowed = 1;
  attributes[1].id = cudaLaunchAttributeClusterDimension;
  attributes[1].val.clusterDim.x = cluster;
  attributes[1].val.clusterDim.y = attributes[1].val.clusterDim.z = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = threads;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  config.attrs = attributes;
  config.numAttrs = cluster > 1 ? 2 : 1;
  cudaLaunchKernelEx(&config, kernel, args);
}

}  // namespace lmos::cuda
