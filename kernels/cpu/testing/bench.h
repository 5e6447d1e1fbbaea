// Timing and printing of the benches: each checks a kernel against its plain reference, then says
// how near it is to the machine's limit.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "cpu/kernels.h"
#include "cpu/machine_limits.h"
#include "cpu/testing/pool.h"
#include "cpu/testing/values.h"

namespace lmos::cpu::testing {

// The threads and instruction set of a bench: `bench [threads] [instruction set]`, by default all
// and the best.
class Bench {
 public:
  Bench(int argc, char** argv);

  const Kernels& kernels() const { return cpu::kernels(isa_); }
  Parallel parallel() const { return pool_->parallel(); }
  int32_t threads() const { return parallel().threads; }

  // The least time of a call, over calls that fill about half a second. With one thread it is the
  // processor's time, so that other programs do not count.
  template <class Function>
  double seconds(const Function& function) const {
    function();
    double best = 1e30;
    const double begin = now();
    for (int calls = 0; calls < 3 || now() - begin < 0.5; ++calls) {
      const double start = now();
      function();
      best = std::min(best, now() - start);
    }
    return best;
  }

  // Ends the program with an error if the arrays differ by more than rounding `roundings` times
  // explains.
  static void check(const std::string& name, const Values& actual, const Values& expected,
                    double roundings = 1);
  void print_bytes(const std::string& name, double seconds, double bytes) const;
  void print_flops(const std::string& name, double seconds, double flops, Float type) const;

  double now() const;

 private:
  Isa isa_ = detect_isa();
  std::unique_ptr<Pool> pool_;
  double bandwidth_ = 0;
  double rate_[2] = {};  // by Float
};

inline const char* name_of(Float type) {
  return type == Float::f32 ? "f32" : type == Float::f16 ? "f16" : "bf16";
}

}  // namespace lmos::cpu::testing
