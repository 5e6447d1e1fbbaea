#include "cpu/optimizer/optimizer_reference.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(OptimizerKernels);

TEST_P(OptimizerKernels, AdamwEqualsTheReference) {
  const float hyper[] = {1e-2f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.19f, 0.0975f}, clip = 0.7f;
  for (const Float type : kFloats) {
    for (const Float gradient_type : kFloats) {
      for (const bool decay : {false, true}) {
        for (const int64_t count : {1, 30, 10007}) {
          Values p = Values::random(type, count, 1), m = Values::random(Float::f32, count, 2, 0.1);
          Values v(Float::f32, count);
          for (int64_t i = 0; i < count; ++i) v.set(i, m[i] * m[i] + 0.001);
          const Values g = Values::random(gradient_type, count, 3);
          Values p2 = p, m2 = m, v2 = v;
          kernels().optimizer.adamw(
              parallel(), {type, Float::f32, gradient_type, decay, count, p.data(), m.data(),
                           v.data(), g.data(), hyper, &clip});
          reference::adamw({type, Float::f32, gradient_type, decay, count, p2.data(), m2.data(),
                            v2.data(), g.data(), hyper, &clip});
          expect_close(p, p2, "parameter");
          expect_close(m, m2, "m");
          expect_close(v, v2, "v");
        }
      }
    }
  }
}

TEST_P(OptimizerKernels, SumOfSquaresEqualsTheReference) {
  for (const Float type : kFloats) {
    for (const int64_t count : {int64_t{1}, int64_t{100}, 3 * kNormPiece + 5}) {
      const Values x = Values::random(type, count, 1);
      std::vector<double> partial(static_cast<size_t>((count + kNormPiece - 1) / kNormPiece));
      const SumOfSquares args{type, count, x.data(), partial.data()};
      kernels().optimizer.sum_of_squares(parallel(), args);
      double sum = 0;
      for (const double piece : partial) sum += piece;
      const double expected = reference::sum_of_squares(args);
      EXPECT_NEAR(sum, expected, 1e-6 * expected);
    }
  }
}

}  // namespace lmos::cpu::testing
