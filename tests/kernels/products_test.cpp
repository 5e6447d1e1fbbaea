#include <array>
#include <vector>

#include "cpu/products/products_reference.h"
#include "cpu/testing/compact_matrix.h"
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
      if (result_type != Float::f32 && result_type != type) continue;
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

// Small whole numbers, the same in both formats of one byte and exact in every other.
TEST_P(SkinnyKernels, ReadWeightsOfOneByte) {
  constexpr uint8_t kE4m3[] = {0x00, 0x38, 0x40, 0x44, 0x48, 0xb8, 0xc0, 0xc4};
  constexpr int8_t kInt8[] = {0, 1, 2, 3, 4, -1, -2, -3};
  for (const Float type : kFloats) {
    for (const int64_t rows : {1, 3, 20, 70}) {
      for (const auto& [inputs, outputs] : {std::pair<int64_t, int64_t>{77, 35}, {2144, 150}}) {
        const Values x = Values::random(type, rows * inputs, 1);
        const Values scales = Values::random(Float::f32, outputs, 2);
        const Values bias = Values::random(Float::f32, outputs, 3);
        const auto* scale = static_cast<const float*>(scales.data());
        std::vector<uint8_t> e4m3;
        std::vector<int8_t> int8;
        Values w(Float::f32, outputs * inputs), wide_x(Float::f32, rows * inputs);
        for (int64_t i = 0; i < outputs * inputs; ++i) {
          const int64_t chosen = (i * 31 + i / 7) % 8;
          e4m3.push_back(kE4m3[chosen]);
          int8.push_back(kInt8[chosen]);
          static_cast<float*>(w.data())[i] = static_cast<float>(kInt8[chosen]) * scale[i / inputs];
        }
        for (int64_t i = 0; i < rows * inputs; ++i)
          static_cast<float*>(wide_x.data())[i] = static_cast<float>(x[i]);
        Values y(Float::f32, rows * outputs), expected(Float::f32, rows * outputs);
        reference::skinny({Float::f32, Float::f32, Float::f32, rows, inputs, outputs, wide_x.data(),
                           w.data(), bias.data(), expected.data()});
        for (const WeightFormat format : {WeightFormat::int8, WeightFormat::e4m3}) {
          Skinny args{type, Float::f32, Float::f32, rows, inputs, outputs, x.data()};
          args.w = format == WeightFormat::int8 ? static_cast<const void*>(int8.data())
                                                : static_cast<const void*>(e4m3.data());
          args.bias = bias.data();
          args.y = y.data();
          args.format = format;
          args.scales = scale;
          run_skinny(kernels(), parallel(), args);
          expect_close(y, expected, format == WeightFormat::int8 ? "int8" : "e4m3");
        }
      }
    }
  }
}

// Some weights far smaller than others, so that blocks are kept raw, and some zeros.
TEST_P(SkinnyKernels, CompactWeightsGiveTheSameBits) {
  for (const int64_t rows : {1, 2, 3, 4, 5, 20, 70}) {
    for (const auto& [inputs, outputs] : {std::pair<int64_t, int64_t>{128, 35}, {2176, 50}}) {
      const Values x = Values::random(Float::bf16, rows * inputs, 1);
      const Values bias = Values::random(Float::f32, outputs, 3);
      Values w = Values::random(Float::bf16, outputs * inputs, 2);
      for (int64_t i = 0; i < w.count(); i += 1000) w.set(i, 1e-9);
      for (int64_t i = 5; i < w.count(); i += 77) w.set(i, 0);
      const testing::CompactMatrix matrix(w, outputs, inputs);
      EXPECT_FALSE(matrix.raw.empty());
      Values y(Float::f32, rows * outputs), expected(Float::f32, rows * outputs);
      Skinny args{Float::bf16, Float::f32, Float::f32, rows, inputs, outputs, x.data()};
      args.bias = bias.data();
      args.w = w.data();
      args.y = expected.data();
      run_skinny(kernels(), parallel(), args);
      args.w = matrix.blocks.data();
      args.bases = matrix.bases.data();
      args.raw = matrix.raw.data();
      args.format = WeightFormat::compact;
      args.y = y.data();
      run_skinny(kernels(), parallel(), args);
      expect_same_bits(y, expected, "compact");
      Values widened(Float::bf16, outputs * inputs);
      kernels().skinny.widen_compact(parallel(), args, static_cast<bf16*>(widened.data()));
      expect_same_bits(widened, w, "widened");
    }
  }
}

TEST(Matmul, EqualsTheReferenceForEveryLayout) {
  for (const int32_t threads : {1, 3}) {
    const Pool pool(threads);
    for (const Float type : kFloats) {
      for (const Float result_type : kFloats) {
        if (result_type != Float::f32 && result_type != type) continue;
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
