#include "check.h"

#include <string>

#include "llmasos/error.hpp"

namespace lmos::backend_cuda {

void check(cudaError_t status, const char* doing) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // an error that is not sticky must not show up at the next launch
  const std::string message = std::string("cuda: ") + doing + ": " + cudaGetErrorString(status) +
                              " (" + cudaGetErrorName(status) + ")";
  throw sdk::Error(status == cudaErrorMemoryAllocation ? LMOS_NO_MEMORY : LMOS_FAILED, message);
}

}  // namespace lmos::backend_cuda
