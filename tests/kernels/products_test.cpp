#include <array>

#include "cpu/products/products_reference.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(SkinnyKernels);

void run_skinny(const Kernels& kernels, const Parallel& parallel, Skinny args) {
  Values scratch(Float::f32, kernels.skinny.scratch_bytes(args, parallel.threads) / 4);
  args.scratch = scratch.data();
  kernels.skinny.skinny(parallel, args);
}

TEST_P(SkinnyKernels, EqualTheReference) {
  for (const Float type : kFloats) {
    for (const Float result_type : kFloats) {
      for (const int64_t rows : {1, 2, 3, 4, 7, 16}) {
        for (const int64_t inputs : {1, 45, 2144}) {
          for (const int64_t outputs : {1, 35, 70}) {
            const Values x = Values::random(type, rows * inputs, 1);
            const Values w = Values::random(type, outputs * inputs, 2);
            const Values bias = Values::random(Float::f32, outputs, 3);
            Values y(result_type, rows * outputs), y2(result_type, rows * outputs);
            for (const bool transposed : {false, true}) {
              Skinny args{type,     result_type, Float::f32,  rows,     inputs,    outputs,
                          x.data(), w.data(),    bias.data(), y.data(), transposed};
              run_skinny(kernels(), parallel(), args);
              args.y = y2.data();
              reference::skinny(args);
              expect_close(y, y2, transposed ? "y of transposed weights" : "y");
            }
          }
        }
      }
    }
  }
}

TEST_P(SkinnyKernels, ARowDoesNotDependOnTheOthers) {
  const int64_t inputs = 2120, outputs = 150, most = 70;
  for (const Float type : kFloats) {
    for (const bool transposed : {false, true}) {
      const Values x = Values::random(type, most * inputs, 1),
                   w = Values::random(type, outputs * inputs, 2);
      Values alone(type, most * outputs);
      const auto run = [&](int64_t first, int64_t rows, Values& y) {
        run_skinny(
            kernels(), parallel(),
            {type, type, type, rows, inputs, outputs,
             static_cast<const char*>(x.data()) + first * inputs * bytes_of(type), w.data(),
             nullptr, static_cast<char*>(y.data()) + first * outputs * bytes_of(type), transposed});
      };
      for (int64_t row = 0; row < most; ++row) run(row, 1, alone);
      for (const int64_t rows : {2, 3, 4, 5, 6, 7, 13, 64, 65, 70}) {
        Values y = alone;
        run(0, rows, y);
        expect_same_bits(y, alone, transposed ? "rows, transposed weights" : "rows");
      }
    }
  }
}

TEST(Matmul, EqualsTheReferenceForEveryLayout) {
  for (const int32_t threads : {1, 3}) {
    const Pool pool(threads);
    for (const Float type : kFloats) {
      for (const Float result_type : kFloats) {
        if (type == Float::f32 && result_type == Float::bf16) continue;
        for (const auto [batch, m, n, k] : {std::array<int64_t, 4>{1, 1, 1, 1},
                                            {1, 100, 70, 40},
                                            {3, 5, 9, 17},
                                            {20, 33, 8, 16},
                                            {1, 20, 200, 64}}) {
          for (const int layout : {0, 1, 2, 3}) {
            for (const int extra : {0, 1, 2}) {  // nothing, a bias, accumulation
              MatmulShape shape{.type = type,
                                .result_type = result_type,
                                .batch = batch,
                                .m = m,
                                .n = n,
                                .k = k,
                                .transpose_a = (layout & 1) != 0,
                                .transpose_b = (layout & 2) != 0,
                                .bias = extra == 1,
                                .accumulate = extra == 2};
              const Values a = Values::random(type, batch * m * k, 1);
              const Values b = Values::random(type, batch * k * n, 2);
              const Values bias = Values::random(Float::f32, n, 3);
              Values c = Values::random(result_type, batch * m * n, 4), c2 = c;
              const Matmul matmul(shape, threads);
              Values scratch(Float::f32, matmul.scratch_bytes() / 4 + 1);
              matmul.run(pool.parallel(), a.data(), b.data(), bias.data(), c.data(),
                         scratch.data());
              reference::matmul(shape, a.data(), b.data(), bias.data(), c2.data());
              expect_close(c, c2, "c");
            }
          }
        }
      }
    }
  }
}

}  // namespace lmos::cpu::testing
