#include <numeric>

#include "cpu/movement/reduce.h"
#include "cpu/movement/strided_copy.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(ReduceKernels);

TEST_P(ReduceKernels, SumsAndMaximaOverRowsAndColumns) {
  struct Shape {
    int64_t outer, reduced, inner;
  };
  for (const Float type : kFloats) {
    for (const auto [outer, reduced, inner] :
         {Shape{1, 1, 1}, {3, 100, 1}, {2, 7, 5}, {1, 300, 130}, {4, 33, 64}}) {
      const Values x = Values::random(type, outer * reduced * inner, 1);
      for (const bool maximum : {false, true}) {
        Values y(type, outer * inner), expected(type, outer * inner);
        kernels().reduce.reduce(parallel(),
                                {maximum, type, outer, reduced, inner, x.data(), y.data()});
        for (int64_t o = 0; o < outer; ++o) {
          for (int64_t i = 0; i < inner; ++i) {
            double total = maximum ? -1e30 : 0;
            for (int64_t r = 0; r < reduced; ++r) {
              const double value = x[(o * reduced + r) * inner + i];
              total = maximum ? std::max(total, value) : total + value;
            }
            expected.set(o * inner + i, total);
          }
        }
        expect_close(y, expected, "y", 5);
      }
    }
  }
}

// Every index of `dims` by its own loop.
template <class Element>
void expect_copied(const StridedCopy& copy, int32_t threads) {
  int64_t from_size = 1, to_size = 1, count = 1;
  for (int32_t d = 0; d < copy.rank; ++d) {
    from_size += (copy.dims[d] - 1) * copy.from_steps[d];
    to_size += (copy.dims[d] - 1) * copy.to_steps[d];
    count *= copy.dims[d];
  }
  std::vector<Element> from(static_cast<size_t>(from_size)), to(static_cast<size_t>(to_size));
  std::iota(from.begin(), from.end(), Element{1});
  std::vector<Element> expected = to;
  for (int64_t index = 0; index < count; ++index) {
    int64_t from_offset = 0, to_offset = 0, rest = index;
    for (int32_t d = copy.rank - 1; d >= 0; --d) {
      from_offset += rest % copy.dims[d] * copy.from_steps[d];
      to_offset += rest % copy.dims[d] * copy.to_steps[d];
      rest /= copy.dims[d];
    }
    expected[to_offset] = from[from_offset];
  }
  const Pool pool(threads);
  strided_copy(pool.parallel(), simplified(copy), from.data(), to.data());
  EXPECT_EQ(expected, to);
}

TEST(StridedCopies, PermuteRepeatAndCut) {
  for (const int32_t threads : {1, 3}) {
    // [3, 50, 70] to [70, 3, 50], and its last two dimensions exchanged.
    expect_copied<uint32_t>({4, 3, {70, 3, 50}, {1, 3500, 70}, {150, 50, 1}}, threads);
    expect_copied<uint16_t>({2, 3, {3, 70, 50}, {3500, 1, 70}, {3500, 50, 1}}, threads);
    // A row repeated; a column repeated.
    expect_copied<uint64_t>({8, 2, {40, 33}, {0, 1}, {33, 1}}, threads);
    expect_copied<uint32_t>({4, 2, {40, 33}, {1, 0}, {33, 1}}, threads);
    // A slice, and one long row.
    expect_copied<uint16_t>({2, 3, {2, 3, 4}, {100, 10, 1}, {12, 4, 1}}, threads);
    expect_copied<uint32_t>({4, 1, {100000}, {1}, {1}}, threads);
    expect_copied<uint8_t>({1, 2, {5, 5}, {1, 5}, {5, 1}}, threads);
  }
}

TEST(StridedCopies, SimplificationJoinsDimensionsThatOneStepCovers) {
  const StridedCopy copy = simplified({4, 4, {2, 1, 3, 4}, {12, 7, 4, 1}, {12, 9, 4, 1}});
  EXPECT_EQ(1, copy.rank);
  EXPECT_EQ(24, copy.dims[0]);
}

}  // namespace lmos::cpu::testing
