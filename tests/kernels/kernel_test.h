// Runs a test body at each instruction set that this machine has, on one thread and on three.
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include <string>

#include <vector>

#include "cpu/kernels.h"
#include "cpu/testing/pool.h"
#include "cpu/testing/values.h"

namespace lmos::cpu::testing {

struct Level {
  Isa isa;
  int32_t threads;
};

inline std::vector<Level> levels() {
  std::vector<Level> all;
  for (const Isa isa : kAllIsas) {
    if (isa > detect_isa()) continue;
    for (const int32_t threads : {1, 3}) all.push_back({isa, threads});
  }
  return all;
}

class KernelTest : public ::testing::TestWithParam<Level> {
 protected:
  const Kernels& kernels() const { return cpu::kernels(GetParam().isa); }
  int32_t threads() const { return GetParam().threads; }
  Parallel parallel() const { return pool_.parallel(); }

 private:
  Pool pool_{GetParam().threads};
};

inline constexpr Float kFloats[] = {Float::f32, Float::bf16, Float::f16};

#define LMOS_KERNEL_TEST(name)                                                       \
  using name = KernelTest;                                                           \
  INSTANTIATE_TEST_SUITE_P(EveryIsa, name, ::testing::ValuesIn(levels()),            \
                           [](const ::testing::TestParamInfo<Level>& info) {         \
                             return std::string(isa_name(info.param.isa)) + "_" +    \
                                    std::to_string(info.param.threads) + "_threads"; \
                           })

// `actual` is `expected` up to what rounding to its type, times `slack`, explains.
inline void expect_close(const Values& actual, const Values& expected, const char* what,
                         double slack = 1) {
  EXPECT_LE(distance(actual, expected), slack * tolerance(actual.type())) << what;
}

inline void expect_same_bits(const Values& a, const Values& b, const char* what) {
  EXPECT_EQ(0, std::memcmp(a.data(), b.data(), static_cast<size_t>(a.count() * bytes_of(a.type()))))
      << what;
}

}  // namespace lmos::cpu::testing
