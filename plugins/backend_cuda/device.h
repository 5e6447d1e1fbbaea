// A GPU, and memory on it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cuda/fault.h"
#include "cuda/products/matmul.h"
#include "llmasos/backend.h"
#include "llmasos/config.hpp"
#include "memory.h"

namespace lmos::backend_cuda {

inline constexpr const char* kTf32Field = "tf32";
inline constexpr const char* kDeterministicField = "deterministic";
inline constexpr const char* kCublasField = "cublas";

class Buffer;
class Kernel;
class Stream;

class Device {
 public:
  using Buffer = backend_cuda::Buffer;
  using Kernel = backend_cuda::Kernel;
  using Stream = backend_cuda::Stream;

  // Calls set_error and returns 0 if there is no driver or no device.
  static uint32_t count();
  static std::unique_ptr<Device> open(const sdk::Config& section, uint32_t ordinal);
  ~Device();

  std::string name() const;
  uint64_t memory_bytes() const;
  std::unique_ptr<Buffer> allocate(uint64_t bytes);
  // Throws: the device reads no host memory.
  std::unique_ptr<Buffer> wrap(const void* memory, uint64_t bytes);
  bool supports(const lmos_node& node) const;
  std::unique_ptr<Kernel> prepare(const lmos_node& node);

  // The device of this thread's CUDA calls from now on. Every entry begins with it.
  void activate() const;
  MemoryPool& memory() { return memory_; }
  cuda::Products& products() const { return *products_; }
  cuda::Fault* fault() const { return fault_; }
  bool deterministic() const { return deterministic_; }

 private:
  Device(const sdk::Config& section, uint32_t ordinal);

  int ordinal_;
  bool deterministic_;
  MemoryPool memory_;
  std::unique_ptr<cuda::Products> products_;
  cuda::Fault* fault_ = nullptr;  // pinned, seen by the device
};

class Buffer {
 public:
  Buffer(Device& device, uint64_t bytes)
      : device_(device), block_(device.memory().allocate(bytes)), bytes_(bytes) {}
  Buffer(const Buffer&) = delete;
  ~Buffer() {
    device_.activate();
    device_.memory().release(block_);
  }

  void* address() const { return nullptr; }  // of host memory
  std::byte* memory() const { return block_.memory; }
  uint64_t bytes() const { return bytes_; }
  bool holds(uint64_t offset, uint64_t bytes) const {
    return offset <= bytes_ && bytes <= bytes_ - offset;
  }

 private:
  Device& device_;
  MemoryPool::Block block_;
  uint64_t bytes_;
};

}  // namespace lmos::backend_cuda
