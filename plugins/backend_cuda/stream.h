// Streams: copies through pinned memory, and recordings of kernels as CUDA graphs.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <vector>

#include "device.h"

namespace lmos::backend_cuda {

class Recording;

class Stream {
 public:
  explicit Stream(Device& device);
  Stream(const Stream&) = delete;
  ~Stream();

  Device& device() const { return device_; }
  cudaStream_t get() const { return stream_; }

  // `source` is copied before the call returns.
  void upload(lmos_operand destination, const void* source, uint64_t bytes);
  // Small results arrive at the next synchronize(); large ones before the call returns.
  void download(void* destination, lmos_operand source, uint64_t bytes);
  // Throws the first error of the work, also an index that a kernel found out of range.
  void synchronize();

  void begin_recording();
  std::unique_ptr<Recording> end_recording();

 private:
  // Pinned memory for one copy under way.
  struct Slot {
    std::byte* memory = nullptr;
    cudaEvent_t done = nullptr;  // the copy
  };
  struct Arrival {
    void* destination;
    const std::byte* source;
    uint64_t bytes;
  };
  void release();
  Slot& next_slot();  // waits until it is free
  void download_large(std::byte* destination, const std::byte* source, uint64_t bytes);

  Device& device_;
  cudaStream_t stream_ = nullptr;
  std::vector<Slot> slots_;
  size_t next_slot_ = 0;
  std::byte* landing_ = nullptr;  // pinned; downloads not yet handed over
  uint64_t landed_ = 0;           // bytes of it in use
  std::vector<Arrival> arrivals_;
};

// Kernels as one CUDA graph.
class Recording {
 public:
  // Takes the graph.
  explicit Recording(cudaGraph_t graph);
  Recording(const Recording&) = delete;
  ~Recording();

  void launch(Stream& stream);

 private:
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace lmos::backend_cuda
