#include "cpu/machine_limits.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <new>
#include <vector>

#include "cpu/products/matmul.h"

namespace lmos::cpu {
namespace {

constexpr int kRepeats = 7;

double now(const Parallel& parallel) {
  timespec time{};
  clock_gettime(parallel.threads > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The best of some runs: others only ever make it slower. One thread is timed by the processor's
// time.
template <class Function>
double best_seconds(const Parallel& parallel, const Function& function) {
  double best = 1e30;
  for (int i = 0; i < kRepeats; ++i) {
    const double start = now(parallel);
    function();
    best = std::min(best, now(parallel) - start);
  }
  return best;
}

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

std::unique_ptr<char, Free> zeros(int64_t bytes) {
  const int64_t rounded = (bytes + 4095) / 4096 * 4096;
  auto* memory = static_cast<char*>(std::aligned_alloc(4096, static_cast<size_t>(rounded)));
  if (memory == nullptr) throw std::bad_alloc();
  std::fill(memory, memory + rounded, 0);
  return std::unique_ptr<char, Free>(memory);
}

}  // namespace

double read_bandwidth(const Parallel& parallel, int64_t bytes) {
  const auto memory = zeros(bytes);
  const auto* words = reinterpret_cast<const uint64_t*>(memory.get());
  std::vector<uint64_t> sums(static_cast<size_t>(parallel.threads));
  const double seconds = best_seconds(parallel, [&] {
    for_range(parallel, bytes / 64, 1, [&](int64_t begin, int64_t end, int32_t thread) {
      // Eight streams of sums, which the compiler makes vectors.
      uint64_t sum[8] = {};
      for (int64_t line = begin; line < end; ++line) {
        for (int i = 0; i < 8; ++i) sum[i] += words[line * 8 + i];
      }
      for (const uint64_t part : sum) sums[static_cast<size_t>(thread)] += part;
    });
  });
  // Keeps the reads: the sum is zero, but the compiler can't know.
  for (const uint64_t sum : sums) {
    if (sum != 0) return 0;
  }
  return static_cast<double>(bytes) / seconds;
}

double matmul_rate(const Parallel& parallel, Float type) {
  constexpr int64_t size = 1024;
  const Matmul matmul(
      {.type = type, .result_type = type, .m = size, .n = size, .k = size, .transpose_b = true},
      parallel.threads);
  const int64_t bytes = size * size * bytes_of(type);
  const auto a = zeros(bytes), b = zeros(bytes), c = zeros(bytes);
  const auto scratch = zeros(matmul.scratch_bytes());
  const double seconds = best_seconds(
      parallel, [&] { matmul.run(parallel, a.get(), b.get(), nullptr, c.get(), scratch.get()); });
  return 2.0 * size * size * size / seconds;
}

}  // namespace lmos::cpu
