// The thread pool of the process: a static partition of an index range, with low latency between
// regions.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace lmos::runtime {

// A training step issues hundreds of short parallel regions, so workers spin for some microseconds
// after each before they sleep. All members are thread-safe. Bodies must not throw: an exception in
// one ends the process.
class ThreadPool {
 public:
  using Body = void (*)(void* context, int64_t begin, int64_t end, int32_t thread);

  // `threads` counts the caller of parallel_for; 0 means one for each processor that the process
  // may use.
  explicit ThreadPool(uint32_t threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  uint32_t thread_count() const { return static_cast<uint32_t>(workers_.size()) + 1; }

  // Calls body on a partition of [0, count) into at most thread_count pieces of at least `grain`
  // (one piece if count is less), piece i as `thread` i, and returns when all are done. Each piece
  // runs on one thread, whichever is free. From within a body, or while another thread's region is
  // running, all pieces run on the caller, in order.
  void parallel_for(int64_t count, int64_t grain, Body body, void* context);

  // f(begin, end, thread)
  template <class F>
  void parallel_for(int64_t count, int64_t grain, F&& f) {
    auto body = [](void* context, int64_t begin, int64_t end, int32_t thread) {
      (*static_cast<std::remove_reference_t<F>*>(context))(begin, end, thread);
    };
    using Erased = std::remove_const_t<std::remove_reference_t<F>>;
    parallel_for(count, grain, body, const_cast<Erased*>(&f));
  }

 private:
  struct Region {
    Body body;
    void* context;
    int64_t count, pieces;
    void run_piece(int64_t i) const;
  };
  // On a cache line of its own, so that waking one worker doesn't disturb another's spinning.
  struct alignas(64) Worker {
    // Odd: its piece is posted and nobody has begun it. Whoever makes it even runs the piece.
    std::atomic<uint32_t> posted{0};
    std::thread thread;
    bool claim(uint32_t odd);
  };

  void work(Worker& self, int64_t piece);
  void finish_piece();

  std::mutex mutex_;  // held by the thread whose region is running
  // Written under mutex_ before pieces are posted, and stable until pending_ is 0 again.
  Region region_{};
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<int32_t> pending_{0};  // posted pieces that are not finished
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace lmos::runtime
