#include "runtime/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <string>

#include "errors/error.h"

namespace lmos::runtime {
namespace {

// About 50 µs on current processors: longer than the gap between two regions of a step, shorter
// than anything a user notices as load.
constexpr int kSpins = 2000;

thread_local bool in_region = false;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Returns the value of `word` once it differs from `old`.
template <class T>
T wait_for_change(const std::atomic<T>& word, T old) {
  for (int i = 0; i < kSpins; ++i) {
    T now = word.load(std::memory_order_acquire);
    if (now != old) return now;
    relax();
  }
  word.wait(old, std::memory_order_acquire);
  return word.load(std::memory_order_acquire);
}

uint32_t usable_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<uint32_t>(CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

void ThreadPool::Region::run_piece(int64_t i) const {
  int64_t size = count / pieces,
          longer = count % pieces;  // the first `longer` pieces have one more
  int64_t begin = i * size + std::min(i, longer);
  body(context, begin, begin + size + (i < longer ? 1 : 0), static_cast<int32_t>(i));
}

ThreadPool::ThreadPool(uint32_t threads) {
  constexpr uint32_t kMost = 4096;
  if (threads > kMost) {
    throw Error(ErrorKind::kConfiguration, "threads: " + std::to_string(threads) +
                                               " is more than the most that are possible, " +
                                               std::to_string(kMost));
  }
  if (threads == 0) threads = usable_processors();
  for (uint32_t i = 1; i < threads; ++i) {
    auto worker = std::make_unique<Worker>();
    worker->thread = std::thread([this, self = worker.get(), i] { work(*self, i); });
    workers_.push_back(std::move(worker));
  }
}

ThreadPool::~ThreadPool() {
  stop_.store(true, std::memory_order_relaxed);
  for (auto& worker : workers_) {
    worker->posted.fetch_add(1, std::memory_order_release);
    worker->posted.notify_one();
  }
  for (auto& worker : workers_) worker->thread.join();
}

bool ThreadPool::Worker::claim(uint32_t odd) {
  return odd % 2 == 1 && posted.compare_exchange_strong(odd, odd + 1, std::memory_order_acq_rel);
}

void ThreadPool::finish_piece() {
  if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_one();
}

void ThreadPool::work(Worker& self, int64_t piece) {
  pthread_setname_np(pthread_self(), ("pool-" + std::to_string(piece)).c_str());
  in_region = true;
  uint32_t seen = 0;
  for (;;) {
    seen = wait_for_change(self.posted, seen);
    if (stop_.load(std::memory_order_relaxed)) return;
    if (!self.claim(seen)) continue;
    ++seen;
    region_.run_piece(piece);
    finish_piece();
  }
}

void ThreadPool::parallel_for(int64_t count, int64_t grain, Body body, void* context) {
  if (count <= 0) return;
  int64_t pieces = std::clamp<int64_t>(count / std::max<int64_t>(grain, 1), 1, thread_count());
  Region region{body, context, count, pieces};
  std::unique_lock lock(mutex_, std::defer_lock);
  if (pieces == 1 || in_region || !lock.try_lock()) {
    for (int64_t i = 0; i < pieces; ++i) region.run_piece(i);
    return;
  }
  region_ = region;
  pending_.store(static_cast<int32_t>(pieces) - 1, std::memory_order_relaxed);
  for (int64_t i = 1; i < pieces; ++i) {
    Worker& worker = *workers_[static_cast<size_t>(i - 1)];
    worker.posted.fetch_add(1, std::memory_order_release);
    worker.posted.notify_one();
  }
  in_region = true;
  region.run_piece(0);
  // On a busy machine a worker may not get a processor for long: its piece is then done here.
  for (int64_t i = 1; i < pieces; ++i) {
    Worker& worker = *workers_[static_cast<size_t>(i - 1)];
    if (worker.claim(worker.posted.load(std::memory_order_relaxed))) {
      region.run_piece(i);
      finish_piece();
    }
  }
  in_region = false;
  for (int32_t left = pending_.load(std::memory_order_acquire); left != 0;) {
    left = wait_for_change(pending_, left);
  }
}

}  // namespace lmos::runtime
