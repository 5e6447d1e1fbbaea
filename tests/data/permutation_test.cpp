#include "data/permutation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace lmos::data {
namespace {

TEST(Permutation, HitsEveryIndexOnce) {
  for (uint64_t size : {1, 2, 3, 4, 5, 15, 16, 17, 1000, 4096, 4097}) {
    for (uint64_t key : {0, 1, 77}) {
      const Permutation permutation(size, key);
      std::vector<int> hits(size, 0);
      for (uint64_t i = 0; i < size; ++i) {
        ASSERT_LT(permutation(i), size);
        ++hits[permutation(i)];
      }
      for (uint64_t i = 0; i < size; ++i) ASSERT_EQ(hits[i], 1) << size << " " << key;
    }
  }
}

TEST(Permutation, StaysInsideHugeSizes) {
  const uint64_t size = (uint64_t{1} << 61) + 12345;
  const Permutation permutation(size, 9);
  for (uint64_t i = 0; i < 200; ++i) EXPECT_LT(permutation(size - 1 - i), size);
}

TEST(Permutation, LooksRandomAndDependsOnTheKey) {
  constexpr uint64_t kSize = 10000;
  const Permutation one(kSize, 1), two(kSize, 2);
  double product = 0;
  int fixed = 0, equal = 0, neighbours = 0;
  const double middle = (kSize - 1) / 2.0;
  for (uint64_t i = 0; i < kSize; ++i) {
    product += (static_cast<double>(i) - middle) * (static_cast<double>(one(i)) - middle);
    fixed += one(i) == i;
    equal += one(i) == two(i);
    neighbours += i > 0 && one(i) == one(i - 1) + 1;
  }
  const double variance = (double{kSize} * kSize - 1) / 12;
  EXPECT_LT(std::abs(product / (variance * kSize)), 4 / std::sqrt(double{kSize}));  // correlation
  EXPECT_LT(fixed, 10);  // each expects 1
  EXPECT_LT(equal, 10);
  EXPECT_LT(neighbours, 10);
}

}  // namespace
}  // namespace lmos::data
