// Timing and printing of the benches: each checks a kernel against its plain reference, then says
// how near it is to the machine's limit.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cpu/kernels.h"
#include "cpu/machine_limits.h"
#include "cpu/testing/pool.h"
#include "cpu/testing/values.h"

namespace lmos::cpu::testing {

// The least time of a call, over calls that fill about `seconds`.
template <class Function>
double best_seconds(const Function& function, double seconds = 0.5) {
  using Clock = std::chrono::steady_clock;
  function();
  double best = 1e30;
  int calls = 0;
  for (const auto begin = Clock::now();
       calls < 3 || std::chrono::duration<double>(Clock::now() - begin).count() < seconds;
       ++calls) {
    const auto start = Clock::now();
    function();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

// The threads and instruction set of a bench: `bench [threads] [instruction set]`, by default all
// and the best.
class Bench {
 public:
  Bench(int argc, char** argv);

  const Kernels& kernels() const { return cpu::kernels(isa_); }
  Parallel parallel() const { return pool_->parallel(); }
  int32_t threads() const { return parallel().threads; }

  // Ends the program with an error if the arrays differ.
  static void check(const std::string& name, const Values& actual, const Values& expected);
  void print_bytes(const std::string& name, double seconds, double bytes) const;
  void print_flops(const std::string& name, double seconds, double flops, Float type) const;

 private:
  Isa isa_ = detect_isa();
  std::unique_ptr<Pool> pool_;
  double bandwidth_ = 0;
  double rate_[2] = {};  // by Float
};

inline const char* name_of(Float type) { return type == Float::f32 ? "f32" : "bf16"; }

}  // namespace lmos::cpu::testing
