// How kernels use several threads: the caller brings the pool.
#pragma once

#include <cstdint>

namespace lmos::cpu {

using RangeBody = void (*)(void* context, int64_t begin, int64_t end, int32_t thread);

// A thread pool as kernels see it. for_range calls body over a partition of [0, count) into pieces
// of at least `grain` and returns when all are done; `thread` is in [0, threads). The partition
// depends on count, grain and threads alone. Bodies do not throw. A call from within a body runs
// inline.
struct Parallel {
  void* context = nullptr;
  int32_t threads = 1;
  void (*for_range)(void* context, int64_t count, int64_t grain, RangeBody body,
                    void* body_context) = nullptr;  // null: run in the calling thread
};

// body(begin, end, thread)
template <class Body>
void for_range(const Parallel& parallel, int64_t count, int64_t grain, const Body& body) {
  if (count <= 0) return;
  if (parallel.for_range == nullptr || parallel.threads <= 1 || count <= grain) {
    body(int64_t{0}, count, int32_t{0});
    return;
  }
  const RangeBody call = [](void* context, int64_t begin, int64_t end, int32_t thread) {
    (*static_cast<const Body*>(context))(begin, end, thread);
  };
  parallel.for_range(parallel.context, count, grain < 1 ? 1 : grain, call,
                     const_cast<Body*>(&body));
}

}  // namespace lmos::cpu
