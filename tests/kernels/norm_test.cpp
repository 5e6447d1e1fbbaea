#include <cmath>

#include "cpu/activation/gelu_reference.h"
#include "cpu/activation/swiglu_reference.h"
#include "cpu/norm/layer_norm_reference.h"
#include "cpu/norm/rms_norm_reference.h"
#include "cpu/rope/rope_reference.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(NormKernels);
LMOS_KERNEL_TEST(RopeKernels);
LMOS_KERNEL_TEST(SwigluKernels);
LMOS_KERNEL_TEST(GeluKernels);

struct Sizes {
  int64_t rows, embed;
};
constexpr Sizes kSizes[] = {{1, 2}, {3, 7}, {5, 16}, {40, 33}, {129, 96}};

TEST_P(NormKernels, RmsNormEqualsTheReference) {
  for (const Float type : kFloats) {
    for (const Float weight_type : kFloats) {
      for (const auto [rows, embed] : kSizes) {
        for (const bool residual : {false, true}) {
          const Values x = Values::random(type, rows * embed, 1);
          const Values r = Values::random(type, rows * embed, 2);
          const Values w = Values::random(weight_type, embed, 3);
          Values sum(type, rows * embed), y(type, rows * embed), rstd(Float::f32, rows);
          Values sum2(type, rows * embed), y2(type, rows * embed), rstd2(Float::f32, rows);
          kernels().norm.rms_norm(parallel(), {type, weight_type, rows, embed, 1e-5f, x.data(),
                                               residual ? r.data() : nullptr, w.data(), sum.data(),
                                               y.data(), rstd.f32()});
          reference::rms_norm({type, weight_type, rows, embed, 1e-5f, x.data(),
                               residual ? r.data() : nullptr, w.data(), sum2.data(), y2.data(),
                               rstd2.f32()});
          expect_close(sum, sum2, "sum");
          expect_close(y, y2, "y");
          expect_close(rstd, rstd2, "rstd");
        }
      }
    }
  }
}

TEST_P(NormKernels, RmsNormGradEqualsTheReference) {
  for (const Float type : kFloats) {
    for (const auto [rows, embed] : kSizes) {
      const Values dy = Values::random(type, rows * embed, 1);
      const Values x = Values::random(type, rows * embed, 2);
      const Values w = Values::random(Float::f32, embed, 3);
      Values rstd(Float::f32, rows), unused(type, rows * embed);
      reference::rms_norm({type, Float::f32, rows, embed, 1e-5f, x.data(), nullptr, w.data(),
                           nullptr, unused.data(), rstd.f32()});
      Values partial(Float::f32, rms_norm_partials(rows) * embed);
      Values dx(type, rows * embed), dw(Float::f32, embed);
      Values dx2(type, rows * embed), dw2(Float::f32, embed);
      kernels().norm.rms_norm_grad(
          parallel(), {type, Float::f32, rows, embed, dy.data(), x.data(), w.data(), rstd.f32(),
                       dx.data(), dw.data(), partial.f32()});
      reference::rms_norm_grad({type, Float::f32, rows, embed, dy.data(), x.data(), w.data(),
                                rstd.f32(), dx2.data(), dw2.data(), nullptr});
      expect_close(dx, dx2, "dx");
      expect_close(dw, dw2, "dw");
    }
  }
}

TEST_P(NormKernels, LayerNormAndItsGradientEqualTheReference) {
  for (const Float type : kFloats) {
    for (const Float weight_type : kFloats) {
      for (const auto [rows, embed] : kSizes) {
        const int64_t count = rows * embed;
        const Values x = Values::random(type, count, 1), dy = Values::random(type, count, 2);
        const Values w = Values::random(weight_type, embed, 3);
        const Values b = Values::random(weight_type, embed, 4);
        Values y(type, count), mean(Float::f32, rows), rstd(Float::f32, rows);
        Values y2 = y, mean2 = mean, rstd2 = rstd;
        kernels().layer_norm.layer_norm(
            parallel(), {type, weight_type, rows, embed, 1e-5f, x.data(), w.data(), b.data(),
                         y.data(), mean.f32(), rstd.f32()});
        reference::layer_norm({type, weight_type, rows, embed, 1e-5f, x.data(), w.data(), b.data(),
                               y2.data(), mean2.f32(), rstd2.f32()});
        expect_close(y, y2, "y");
        expect_close(mean, mean2, "mean");
        expect_close(rstd, rstd2, "rstd");

        Values partial(Float::f32, layer_norm_partials(rows) * 2 * embed);
        Values dx(type, count), dw(weight_type, embed), db(weight_type, embed);
        Values dx2 = dx, dw2 = dw, db2 = db;
        kernels().layer_norm.layer_norm_grad(
            parallel(), {type, weight_type, rows, embed, dy.data(), x.data(), w.data(), mean2.f32(),
                         rstd2.f32(), dx.data(), dw.data(), db.data(), partial.f32()});
        reference::layer_norm_grad({type, weight_type, rows, embed, dy.data(), x.data(), w.data(),
                                    mean2.f32(), rstd2.f32(), dx2.data(), dw2.data(), db2.data(),
                                    nullptr});
        // With two elements a row, x̂ is ±1 and dx all but cancels.
        if (embed > 2) expect_close(dx, dx2, "dx");
        expect_close(dw, dw2, "dw");
        expect_close(db, db2, "db");
      }
    }
  }
}

TEST_P(RopeKernels, EqualsTheReferenceAndItsInverseUndoesIt) {
  for (const Float type : kFloats) {
    for (const int64_t dim : {2, 6, 32, 64, 300}) {
      const int64_t tokens = 9, heads = 3;
      const Values x = Values::random(type, tokens * heads * dim, 1);
      std::vector<int32_t> positions = {0, 1, 2, 3, 1000, 8000, 8192, 131071, 7};
      std::vector<float> frequencies(static_cast<size_t>(dim / 2));
      for (size_t i = 0; i < frequencies.size(); ++i) {
        frequencies[i] = std::pow(10000.f, -2.f * static_cast<float>(i) / static_cast<float>(dim));
      }
      Values y(type, x.count()), y2(type, x.count()), back(type, x.count());
      Rope args{type,    false, tokens, heads, dim, x.data(), positions.data(), frequencies.data(),
                y.data()};
      kernels().rope.rope(parallel(), args);
      args.y = y2.data();
      reference::rope(args);
      expect_close(y, y2, "y");
      args = {type,       true, tokens, heads, dim, y2.data(), positions.data(), frequencies.data(),
              back.data()};
      kernels().rope.rope(parallel(), args);
      expect_close(back, x, "inverse");
    }
  }
}

TEST_P(SwigluKernels, EqualTheReference) {
  for (const Float type : kFloats) {
    for (const int64_t count : {1, 17, 64, 9001}) {
      const Values dy = Values::random(type, count, 1);
      const Values gate = Values::random(type, count, 2, 20), up = Values::random(type, count, 3);
      Values y(type, count), y2(type, count), dgate(type, count), dgate2(type, count);
      Values dup(type, count), dup2(type, count);
      kernels().activation.swiglu(parallel(), {type, count, gate.data(), up.data(), y.data()});
      reference::swiglu({type, count, gate.data(), up.data(), y2.data()});
      kernels().activation.swiglu_grad(
          parallel(), {type, count, dy.data(), gate.data(), up.data(), dgate.data(), dup.data()});
      reference::swiglu_grad(
          {type, count, dy.data(), gate.data(), up.data(), dgate2.data(), dup2.data()});
      expect_close(y, y2, "y");
      expect_close(dgate, dgate2, "dgate");
      expect_close(dup, dup2, "dup");
    }
  }
}

TEST_P(GeluKernels, EqualTheReference) {
  for (const Float type : kFloats) {
    for (const bool approximate : {false, true}) {
      for (const int64_t count : {1, 17, 64, 9001}) {
        const Values x = Values::random(type, count, 1, 3), dy = Values::random(type, count, 2);
        Values y(type, count), y2(type, count), dx(type, count), dx2(type, count);
        kernels().gelu.gelu(parallel(), {type, approximate, count, x.data(), y.data()});
        reference::gelu({type, approximate, count, x.data(), y2.data()});
        kernels().gelu.gelu_grad(parallel(),
                                 {type, approximate, count, dy.data(), x.data(), dx.data()});
        reference::gelu_grad({type, approximate, count, dy.data(), x.data(), dx2.data()});
        expect_close(y, y2, "y");
        expect_close(dx, dx2, "dx");
      }
    }
  }
}

}  // namespace lmos::cpu::testing
