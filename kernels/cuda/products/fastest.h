// Measuring which of several ways to do the same thing is the fastest.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace lmos::cuda {

// Device memory for a measurement; null where there is not enough.
class TrialMemory {
 public:
  // Filled with small numbers of any float type: zeros would run faster than what is measured for.
  explicit TrialMemory(int64_t bytes);
  TrialMemory(const TrialMemory&) = delete;
  ~TrialMemory() { cudaFree(data_); }
  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
};

// The index below `count` whose run takes the least time, on a stream of its own; 0 if nothing can
// be measured. `run` enqueues one way and returns false if it fails. Synchronises.
size_t fastest(size_t count, const std::function<bool(size_t, cudaStream_t)>& run);

}  // namespace lmos::cuda
