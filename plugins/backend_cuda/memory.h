// Device memory, kept for the next request of about the same size: opening a model's executables
// one after another would otherwise pay for the driver's allocation each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace lmos::backend_cuda {

// Of one device. [any-thread]
class MemoryPool {
 public:
  explicit MemoryPool(int ordinal) : ordinal_(ordinal) {}
  MemoryPool(const MemoryPool&) = delete;
  ~MemoryPool();

  struct Block {
    std::byte* memory = nullptr;
    uint64_t bytes = 0;  // at least what was asked for
  };
  // Aligned to 256 bytes. Throws sdk::Error(LMOS_NO_MEMORY) that says what the device has left.
  Block allocate(uint64_t bytes);
  // Waits for the device: work that is enqueued may still use the block.
  void release(Block block);

 private:
  void free_kept();
  std::byte* allocate_new(uint64_t bytes);

  int ordinal_;
  std::mutex mutex_;                          // guards kept_
  std::multimap<uint64_t, std::byte*> kept_;  // by bytes
};

}  // namespace lmos::backend_cuda
