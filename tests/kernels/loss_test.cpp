#include <algorithm>

#include "cpu/loss/cross_entropy_reference.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(LossKernels);

struct Sizes {
  int64_t tokens, embed, vocab;
};
// The last has more than one chunk of tokens, the last of them shorter.
constexpr Sizes kSizes[] = {{1, 8, 5}, {7, 33, 100}, {20, 64, 257}, {150, 16, 40000}};

TEST_P(LossKernels, LinearCrossEntropyAndItsGradientEqualTheReference) {
  for (const Float type : kFloats) {
    for (const Float weight_grad_type : kFloats) {
      for (const auto& [tokens, embed, vocab] : kSizes) {
        const bool biased = tokens % 2 == 0;
        if (vocab > 1000) {  // takes long: once a type, with a sum of dw apart and without
          const bool apart = type == Float::bf16 && weight_grad_type == Float::bf16;
          const bool in_place = type == Float::f16 && weight_grad_type == Float::f32;
          if (GetParam().isa == Isa::baseline || !(apart || in_place)) continue;
        }
        const LinearCrossEntropyShape shape{type, weight_grad_type, tokens, embed, vocab,
                                            -100, biased,           type};
        const Values x = Values::random(type, tokens * embed, 1);
        const Values w = Values::random(type, vocab * embed, 2, 0.3);
        const Values bias = Values::random(type, vocab, 4);
        std::vector<int32_t> labels;
        for (int64_t t = 0; t < tokens; ++t) {
          labels.push_back(t % 5 == 3 ? -100 : static_cast<int32_t>(t * 31 % vocab));
        }
        const Values dloss = Values::random(Float::f32, tokens, 3);
        Values loss(Float::f32, tokens), lse(Float::f32, tokens), dx(type, tokens * embed);
        Values loss2 = loss, lse2 = lse, dx2 = dx;
        Values dw(weight_grad_type, vocab * embed), dw2(weight_grad_type, vocab * embed);
        Values dbias(type, vocab), dbias2(type, vocab);
        const auto slopes = static_cast<const float*>(dloss.data());
        LinearCrossEntropyGradArgs args{x.data(),  w.data(),  bias.data(), labels.data(),
                                        slopes,    1,         lse.f32(),   loss.f32(),
                                        dx.data(), dw.data(), dbias.data()};
        const LinearCrossEntropy head(kernels(), shape, true, threads());
        Values scratch(Float::f32, head.scratch_bytes() / 4 + 1);
        ASSERT_TRUE(head.gradient(parallel(), args, scratch.data()));
        LinearCrossEntropyGradArgs args2 = args;
        args2.lse = lse2.f32();
        args2.loss = loss2.f32();
        args2.dx = dx2.data();
        args2.dw = dw2.data();
        args2.dbias = dbias2.data();
        reference::linear_cross_entropy(shape, args2);
        expect_close(loss, loss2, "loss");
        expect_close(lse, lse2, "lse");
        expect_close(dx, dx2, "dx");
        // Gradients of logits are rounded to `type` between the products.
        const double rounded = type == Float::f32 ? 0 : tolerance(type);
        EXPECT_LE(distance(dw, dw2), std::max(rounded, tolerance(weight_grad_type)));
        if (biased) {
          EXPECT_LE(distance(dbias, dbias2), std::max(rounded, 1e-5));
        }

        args.loss = nullptr;  // from lse alone
        ASSERT_TRUE(head.gradient(parallel(), args, scratch.data()));
        expect_close(dx, dx2, "dx from lse");

        const LinearCrossEntropy forward(kernels(), shape, false, threads());
        Values loss3(Float::f32, tokens), lse3(Float::f32, tokens);
        Values scratch3(Float::f32, forward.scratch_bytes() / 4 + 1);
        ASSERT_TRUE(forward.loss(
            parallel(), {x.data(), w.data(), bias.data(), labels.data(), loss3.f32(), lse3.f32()},
            scratch3.data()));
        expect_same_bits(loss3, loss, "loss alone");
      }
    }
  }
}

TEST_P(LossKernels, RefuseLabelsOutsideTheVocabulary) {
  const LinearCrossEntropyShape shape{Float::f32, Float::f32, 2, 4, 3, -100};
  const Values x = Values::random(Float::f32, 8, 1), w = Values::random(Float::f32, 12, 2);
  Values loss(Float::f32, 2), lse(Float::f32, 2);
  const LinearCrossEntropy head(kernels(), shape, false, threads());
  Values scratch(Float::f32, head.scratch_bytes() / 4 + 1);
  for (const int32_t label : {3, -1}) {
    const int32_t labels[] = {0, label};
    EXPECT_FALSE(head.loss(parallel(), {x.data(), w.data(), nullptr, labels, loss.f32(), lse.f32()},
                           scratch.data()));
  }
}

}  // namespace lmos::cpu::testing
