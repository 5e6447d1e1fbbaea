#include "cpu/testing/bench.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

namespace lmos::cpu::testing {

Bench::Bench(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const int threads =
      argc > 1 ? std::atoi(argv[1]) : static_cast<int>(std::thread::hardware_concurrency());
  for (const Isa isa : kAllIsas) {
    if (argc > 2 && isa_name(isa) == argv[2] && isa <= detect_isa()) isa_ = isa;
  }
  pool_ = std::make_unique<Pool>(std::max(1, threads));
  bandwidth_ = read_bandwidth(parallel());
  for (const Float type : {Float::f32, Float::bf16}) {
    rate_[static_cast<int>(type)] = matmul_rate(parallel(), type);
  }
  std::printf("%s, %d threads: reads %.1f GB/s; oneDNN f32 %.0f GFLOP/s, bf16 %.0f GFLOP/s\n",
              std::string(isa_name(isa_)).c_str(), this->threads(), bandwidth_ * 1e-9,
              rate_[0] * 1e-9, rate_[1] * 1e-9);
}

double Bench::now() const {
  timespec time{};
  clock_gettime(threads() > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void Bench::check(const std::string& name, const Values& actual, const Values& expected,
                  double roundings) {
  const double apart = distance(actual, expected);
  if (apart <= roundings * tolerance(actual.type())) return;
  std::fprintf(stderr, "%s: wrong by %g\n", name.c_str(), apart);
  std::exit(1);
}

void Bench::print_bytes(const std::string& name, double seconds, double bytes) const {
  std::printf("%-44s %9.1f us %8.1f GB/s %5.0f %% of reading\n", name.c_str(), seconds * 1e6,
              bytes / seconds * 1e-9, 100 * bytes / seconds / bandwidth_);
}

void Bench::print_flops(const std::string& name, double seconds, double flops, Float type) const {
  std::printf("%-44s %9.1f us %8.1f GFLOP/s %5.0f %% of oneDNN's product\n", name.c_str(),
              seconds * 1e6, flops / seconds * 1e-9,
              100 * flops / seconds / rate_[static_cast<int>(type)]);
}

}  // namespace lmos::cpu::testing
