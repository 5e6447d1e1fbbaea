// Statuses of the CUDA runtime as exceptions.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

namespace lmos::backend_cuda {

// Throws sdk::Error with what failed and the runtime's reason unless `status` is cudaSuccess;
// LMOS_NO_MEMORY where memory is short. `doing`: "allocating 12 bytes".
void check(cudaError_t status, const char* doing);

// Memory of the host that the device copies without the host's help. Throws as above.
template <class T>
T* allocate_pinned(size_t bytes) {
  void* memory = nullptr;
  check(cudaMallocHost(&memory, bytes), "allocating pinned memory");
  return static_cast<T*>(memory);
}

}  // namespace lmos::backend_cuda
