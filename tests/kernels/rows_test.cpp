#include "cpu/rows/rows_reference.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(RowKernels);

TEST_P(RowKernels, ScatterAddEqualsTheReference) {
  const int64_t rows = 300, tokens = 500;
  std::vector<int32_t> index;
  for (int64_t t = 0; t < tokens; ++t) index.push_back(static_cast<int32_t>(t * t % 97));
  std::vector<int32_t> order(static_cast<size_t>(scatter_add_scratch(rows, tokens)));
  for (const Float type : kFloats) {
    for (const Float result_type : kFloats) {
      for (const int64_t width : {1, 20, 64}) {
        const Values dy = Values::random(type, tokens * width, 1);
        Values y = Values::random(result_type, rows * width, 2), y2 = y;
        ScatterAddRows args{type,      result_type,  rows,     width,       tokens,
                            dy.data(), index.data(), y.data(), order.data()};
        ASSERT_TRUE(kernels().rows.scatter_add_rows(parallel(), args));
        args.y = y2.data();
        reference::scatter_add_rows(args);
        expect_close(y, y2, "y");
      }
    }
  }
}

TEST_P(RowKernels, RefuseAnIndexOutsideTheRows) {
  const Values x = Values::random(Float::f32, 3 * 2, 1);
  Values y(Float::f32, 2 * 2), table(Float::f32, 3 * 2);
  std::vector<int32_t> order(static_cast<size_t>(scatter_add_scratch(3, 2)));
  for (const int32_t bad : {3, -1}) {
    const int32_t index[] = {0, bad};
    EXPECT_FALSE(gather_rows(parallel(), {3, 8, 2, x.data(), index, y.data()}));
    EXPECT_FALSE(kernels().rows.scatter_add_rows(
        parallel(),
        {Float::f32, Float::f32, 3, 2, 2, x.data(), index, table.data(), order.data()}));
  }
}

TEST_P(RowKernels, GatherCopiesRows) {
  const Values x = Values::random(Float::f32, 10 * 3, 1);
  const int32_t index[] = {9, 0, 9, 4};
  Values y(Float::f32, 4 * 3);
  ASSERT_TRUE(gather_rows(parallel(), {10, 12, 4, x.data(), index, y.data()}));
  for (int64_t t = 0; t < 4; ++t) {
    for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(x[index[t] * 3 + i], y[t * 3 + i]);
  }
}

}  // namespace lmos::cpu::testing
