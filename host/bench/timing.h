// Repeating a piece of work until its time is known.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace lmos::bench {

struct Timing {
  double seconds = 0;  // median of one run
  int64_t runs = 0;
};

// Runs `work` once to warm up, then until `budget_seconds` have passed and at least three times.
template <class Work>
Timing time_runs(double budget_seconds, Work&& work) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  work();
  std::vector<double> times;
  for (const auto begin = Clock::now();
       times.size() < 3 || seconds_since(begin) < budget_seconds;) {
    const auto start = Clock::now();
    work();
    times.push_back(seconds_since(start));
  }
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  return {times[times.size() / 2], static_cast<int64_t>(times.size())};
}

}  // namespace lmos::bench
