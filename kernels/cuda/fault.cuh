// Reporting a fault from a kernel.
#pragma once

#include "cuda/fault.h"

namespace lmos::cuda {

// Whether value is in [0, limit); if not, keeps it as the fault unless there is one already.
__device__ inline bool in_range(Fault* fault, FaultKind kind, int32_t value, int64_t limit) {
  if (value >= 0 && value < limit) return true;
  if (atomicCAS_system(reinterpret_cast<int32_t*>(&fault->kind), 0, static_cast<int32_t>(kind)) ==
      0) {
    fault->value = value;
    fault->limit = limit;
  }
  return false;
}

}  // namespace lmos::cuda
