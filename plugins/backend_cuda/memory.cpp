#include "memory.h"

#include <cuda_runtime_api.h>

#include <string>

#include "check.h"
#include "llmasos/error.hpp"

namespace lmos::backend_cuda {
namespace {

constexpr uint64_t kGranularity = 512;

[[noreturn]] void no_memory(uint64_t bytes, int ordinal) {
  size_t free = 0, total = 0;
  cudaMemGetInfo(&free, &total);
  throw sdk::Error(LMOS_NO_MEMORY, "cuda: device " + std::to_string(ordinal) + " has " +
                                       std::to_string(free) + " of " + std::to_string(total) +
                                       " bytes free, too few for " + std::to_string(bytes) +
                                       "; take a smaller batch or sequence, or recompute blocks");
}

}  // namespace

MemoryPool::~MemoryPool() {
  cudaSetDevice(ordinal_);
  free_kept();
}

void MemoryPool::free_kept() {
  for (const auto& [bytes, memory] : kept_) cudaFree(memory);
  kept_.clear();
}

std::byte* MemoryPool::allocate_new(uint64_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, bytes);
  if (status == cudaSuccess) return static_cast<std::byte*>(memory);
  cudaGetLastError();
  if (status != cudaErrorMemoryAllocation) check(status, "allocating memory");
  return nullptr;
}

MemoryPool::Block MemoryPool::allocate(uint64_t bytes) {
  if (bytes > UINT64_MAX - kGranularity) no_memory(bytes, ordinal_);
  const uint64_t rounded =
      bytes == 0 ? kGranularity : (bytes + kGranularity - 1) / kGranularity * kGranularity;
  const std::lock_guard lock(mutex_);
  // A block that is an eighth too large is taken as it is; larger ones wait for their like.
  const auto found = kept_.lower_bound(rounded);
  if (found != kept_.end() && found->first <= rounded + rounded / 8) {
    const Block block{found->second, found->first};
    kept_.erase(found);
    return block;
  }
  std::byte* memory = allocate_new(rounded);
  if (memory == nullptr) {
    free_kept();
    memory = allocate_new(rounded);
  }
  if (memory == nullptr) no_memory(bytes, ordinal_);
  return {memory, rounded};
}

void MemoryPool::release(Block block) {
  cudaDeviceSynchronize();  // an error of the work is for stream_synchronize to report
  const std::lock_guard lock(mutex_);
  kept_.emplace(block.bytes, block.memory);
}

}  // namespace lmos::backend_cuda
