#include <sys/mman.h>

#include <cstdlib>
#include <new>

#include "device.h"

namespace lmos::backend_cpu {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr uint64_t kHugePage = uint64_t{2} << 20;

}  // namespace

std::byte* allocate_memory(uint64_t bytes) {
  // A weight matrix spans thousands of small pages, and every product reads all of it.
  const uint64_t alignment = bytes >= kHugePage ? kHugePage : kAlignment;
  if (bytes > UINT64_MAX - alignment) throw std::bad_alloc();
  const uint64_t rounded = bytes == 0 ? alignment : (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  // Advice: without it the memory is slower and as good. What follows the last whole page stays
  // small pages: a huge one would take memory that nobody asked for.
  if (alignment == kHugePage) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  return static_cast<std::byte*>(memory);
}

void free_memory(std::byte* memory) { std::free(memory); }

}  // namespace lmos::backend_cpu
