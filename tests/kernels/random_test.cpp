#include "cpu/random/random_reference.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(RandomKernels);

constexpr int64_t kState[] = {0x123456789abcdef0, 77};

TEST(RandomReference, IsPhilox4x32_10) {
  // The known answer for zero counter and key: words 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
  constexpr int64_t zero[] = {0, 0};
  EXPECT_EQ(static_cast<float>(0x6627e8) / 16777216.f, reference::uniform(zero, 0, 0));
  EXPECT_EQ(static_cast<float>(0xe169c5) / 16777216.f, reference::uniform(zero, 0, 1));
  EXPECT_EQ(static_cast<float>(0xbc57ac) / 16777216.f, reference::uniform(zero, 0, 2));
  EXPECT_EQ(static_cast<float>(0x9b00db) / 16777216.f, reference::uniform(zero, 0, 3));
}

TEST_P(RandomKernels, UniformNumbersEqualTheReferenceBitForBit) {
  for (const int64_t count : {1, 63, 64, 65, 20000}) {
    Values y(Float::f32, count);
    kernels().random.random_uniform(parallel(), {kState, 5, count, y.f32()});
    for (int64_t i = 0; i < count; ++i)
      ASSERT_EQ(reference::uniform(kState, 5, i), y.f32()[i]) << i;
  }
}

TEST_P(RandomKernels, DropoutKeepsAndScalesByTheReferencesNumbers) {
  const int64_t count = 5003;
  for (const Float type : kFloats) {
    const Values x = Values::random(type, count, 1);
    Values y(type, count), expected(type, count);
    kernels().random.dropout(parallel(),
                             {type, kState, 9, 0.25f, 1 / 0.75f, count, x.data(), y.data()});
    for (int64_t i = 0; i < count; ++i) {
      const bool keep = reference::uniform(kState, 9, i) >= 0.25f;
      expected.set(i, keep ? static_cast<float>(x[i]) * (1 / 0.75f) : 0);
    }
    expect_same_bits(y, expected, "y");
  }
}

}  // namespace lmos::cpu::testing
