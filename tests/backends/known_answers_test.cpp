// The reference in f64 against PyTorch, published vectors and numbers worked out by hand.
#include "backends/known_answers.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "backend_reference/ops/philox.h"
#include "backends/backend_plugins.h"
#include "backends/run_node.h"

namespace lmos::test {
namespace {

using Dims = std::vector<int64_t>;
using Numbers = std::vector<double>;

HostTensor wave(Dims dims, double phase, double scale = 1) {
  graph::TensorType type{LMOS_F64, std::move(dims)};
  Numbers numbers(static_cast<size_t>(type.elements()));
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = scale * std::sin(phase + 1.3 * static_cast<double>(i));
  }
  return make_tensor(type, numbers);
}

HostTensor tensor(lmos_dtype dtype, Dims dims, const Numbers& numbers) {
  return make_tensor({dtype, std::move(dims)}, numbers);
}
HostTensor f64(Dims dims, const Numbers& numbers) {
  return tensor(LMOS_F64, std::move(dims), numbers);
}
HostTensor f32(Dims dims, const Numbers& numbers) {
  return tensor(LMOS_F32, std::move(dims), numbers);
}
HostTensor i32(Dims dims, const Numbers& numbers) {
  return tensor(LMOS_I32, std::move(dims), numbers);
}

std::vector<HostTensor> run(const std::string& op, std::vector<HostTensor> operands,
                            graph::Attributes attributes = {}) {
  return run_node(backend("reference"), one_node(op, std::move(operands), std::move(attributes)));
}

void expect_near(const HostTensor& actual, const Numbers& expected, double tolerance = 1e-13) {
  Numbers numbers = values_of(actual);
  ASSERT_EQ(numbers.size(), expected.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_NEAR(numbers[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i])))
        << "element " << i;
  }
}

TEST(KnownAnswers, AttentionOfGroupedHeadsInSegments) {
  HostTensor q = wave({6, 2, 4}, 0.1, 2), k = wave({6, 1, 4}, 0.2, 2), v = wave({6, 1, 4}, 0.3);
  HostTensor dy = wave({6, 2, 4}, 0.4), segments = i32({6}, {0, 0, 1, 1, 1, 1});
  graph::Attributes attributes = {{"scale", 0.5}, {"causal", 1L}, {"sequence", 3L}};
  auto y = run("attention", {q, k, v, segments}, attributes);
  expect_near(y[0], kAttentionY);
  expect_near(y[1], kAttentionLse);
  auto gradients = run("attention_grad", {dy, q, k, v, y[0], y[1], segments}, attributes);
  expect_near(gradients[0], kAttentionDq);
  expect_near(gradients[1], kAttentionDk);
  expect_near(gradients[2], kAttentionDv);
}

TEST(KnownAnswers, PagedAttentionOfOneTokenAtATimeIsCausalAttention) {
  HostTensor q = wave({3, 2, 4}, 0.1, 2), k = wave({3, 1, 4}, 0.2, 2), v = wave({3, 1, 4}, 0.3);
  Numbers expected =
      values_of(run("attention", {q, k, v}, {{"scale", 0.5}, {"causal", 1L}, {"sequence", 3L}})[0]);
  HostTensor key_cache = f64({2, 5, 1, 4}, Numbers(40, 99)), value_cache = key_cache;
  auto row = [](const HostTensor& x, size_t t, Dims dims) {
    Numbers all = values_of(x);
    size_t width = all.size() / 3;
    auto begin = all.begin() + static_cast<long>(t * width);
    return f64(std::move(dims), Numbers(begin, begin + static_cast<long>(width)));
  };
  for (size_t t = 0; t < 3; ++t) {
    auto results =
        run("paged_attention",
            {row(q, t, {1, 2, 4}), row(k, t, {1, 1, 4}), row(v, t, {1, 1, 4}), key_cache,
             value_cache, i32({2, 1}, {0, 1}), i32({1}, {1}), i32({1}, {static_cast<double>(t)})},
            {{"scale", 0.5}});
    expect_near(results[0], Numbers(expected.begin() + static_cast<long>(t) * 8,
                                    expected.begin() + static_cast<long>(t) * 8 + 8));
    key_cache = results[1];
    value_cache = results[2];
  }
  Numbers cache = values_of(key_cache);
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(cache[i], 99) << "slot 0 is another sequence's";
}

TEST(KnownAnswers, Rope) {
  HostTensor x = wave({3, 2, 4}, 0.5), positions = i32({3}, {0, 1, 5}),
             frequencies = f32({2}, {1, 0.01});
  auto y = run("rope", {x, positions, frequencies}, {{"inverse", 0L}});
  expect_near(y[0], kRope);
  expect_near(run("rope", {y[0], positions, frequencies}, {{"inverse", 1L}})[0], values_of(x));
}

TEST(KnownAnswers, RmsNorm) {
  HostTensor x = wave({2, 5}, 0.6, 3), w = wave({5}, 0.7), dy = wave({2, 5}, 0.8);
  auto y = run("rms_norm", {x, w}, {{"epsilon", 1e-3}});
  expect_near(y[0], kRmsNormY);
  auto gradients = run("rms_norm_grad", {dy, x, w, y[1]});
  expect_near(gradients[0], kRmsNormDx);
  expect_near(gradients[1], kRmsNormDw);
}

TEST(KnownAnswers, AddRmsNormIsTheSumAndItsNorm) {
  HostTensor x = wave({2, 5}, 0.1), r = wave({2, 5}, 0.2), w = wave({5}, 0.7);
  auto fused = run("add_rms_norm", {x, r, w}, {{"epsilon", 1e-3}});
  HostTensor sum = run("add", {x, r})[0];
  auto norm = run("rms_norm", {sum, w}, {{"epsilon", 1e-3}});
  EXPECT_EQ(values_of(fused[0]), values_of(sum));
  EXPECT_EQ(values_of(fused[1]), values_of(norm[0]));
  EXPECT_EQ(values_of(fused[2]), values_of(norm[1]));
}

TEST(KnownAnswers, Swiglu) {
  HostTensor gate = wave({7}, 0.9, 2), up = wave({7}, 1.0), dy = wave({7}, 1.1);
  expect_near(run("swiglu", {gate, up})[0], kSwigluY);
  auto gradients = run("swiglu_grad", {dy, gate, up});
  expect_near(gradients[0], kSwigluDgate);
  expect_near(gradients[1], kSwigluDup);
}

TEST(KnownAnswers, LinearCrossEntropy) {
  HostTensor x = wave({4, 3}, 1.2), w = wave({5, 3}, 1.3, 2), labels = i32({4}, {2, -100, 0, 4});
  auto forward = run("linear_cross_entropy", {x, w, labels}, {{"ignore", -100L}});
  expect_near(forward[0], kCrossEntropyLoss);
  graph::Attributes attributes = {{"ignore", -100L}, {"dtype", int64_t{LMOS_F64}}};
  HostTensor dloss = f64({4}, {0.25, 0.25, 0.25, 0.25});
  auto gradients = run("linear_cross_entropy_grad", {dloss, x, w, labels, forward[1]}, attributes);
  expect_near(gradients[0], kCrossEntropyDx);
  expect_near(gradients[1], kCrossEntropyDw);
  auto step = run("linear_cross_entropy_step", {f64({}, {0.25}), x, w, labels}, attributes);
  expect_near(step[0], kCrossEntropyLoss);
  expect_near(step[1], kCrossEntropyDx);
  expect_near(step[2], kCrossEntropyDw);
}

TEST(KnownAnswers, AdamwOverThreeSteps) {
  HostTensor p = wave({5}, 1.4), m = f64({5}, Numbers(5, 0)), v = m;
  for (int step = 1; step <= 3; ++step) {
    HostTensor gradient = wave({5}, 0.5 + step);  // halved by clip
    Numbers hyper = {0x1p-4,
                     0.875,
                     0.96875,
                     0x1p-20,
                     0.125,
                     1 - std::pow(0.875, step),
                     1 - std::pow(0.96875, step)};
    auto results =
        run("adamw", {p, m, v, gradient, f32({7}, hyper), f32({}, {0.5})}, {{"decay", 1L}});
    p = results[0];
    m = results[1];
    v = results[2];
  }
  expect_near(p, kAdamwP, 1e-12);
  expect_near(m, kAdamwM);
  expect_near(v, kAdamwV);
}

TEST(KnownAnswers, PhiloxIsThatOfRandom123) {
  using Words = std::array<uint32_t, 4>;
  using reference::philox4x32_10;
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox4x32_10({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(KnownAnswers, RandomUniformCutsPhiloxWords) {
  HostTensor state = tensor(LMOS_I64, {2}, {0, 0});
  auto y = run("random_uniform", {state}, {{"shape", Dims{4}}, {"site", 0L}});
  EXPECT_EQ(values_of(y[0]), (Numbers{0x6627e8p-24, 0xe169c5p-24, 0xbc57acp-24, 0x9b00dbp-24}));
}

TEST(KnownAnswers, RandomUniformPlacesSeedStepAndSiteAsDocumented) {
  // Seed 0x299f31d0a4093822, step 7, site 5, element 9 = block 2, word 1.
  int64_t seed = 0x299f31d0a4093822;
  HostTensor state = tensor(LMOS_I64, {2}, {0, 0});  // the seed has no exact double
  int64_t words[2] = {seed, 7};
  std::memcpy(state.bytes.data(), words, sizeof words);
  auto y = run("random_uniform", {state}, {{"shape", Dims{10}}, {"site", 5L}});
  uint32_t word = reference::philox4x32_10({2, 0, 5, 7}, {0xa4093822, 0x299f31d0})[1];
  EXPECT_EQ(values_of(y[0])[9], (word >> 8) * 0x1p-24);
}

TEST(KnownAnswers, DropoutKeepsAndScales) {
  HostTensor state = tensor(LMOS_I64, {2}, {0, 0});
  // u = 0.40, 0.88, 0.74, 0.61 by the vector above.
  auto y = run("dropout", {f64({4}, {1, 2, 3, 4}), state}, {{"rate", 0.75}, {"site", 0L}});
  EXPECT_EQ(values_of(y[0]), (Numbers{0, 8, 0, 0}));
}

TEST(KnownAnswers, Products) {
  HostTensor a = f64({2, 3}, {1, 2, 3, 4, 5, 6}), b = f64({3, 2}, {7, 8, 9, 10, 11, 12});
  EXPECT_EQ(values_of(run("matmul", {a, b})[0]), (Numbers{58, 64, 139, 154}));
  EXPECT_EQ(values_of(run("matmul", {a, a}, {{"transpose_b", 1L}})[0]), (Numbers{14, 32, 32, 77}));
  EXPECT_EQ(values_of(run("matmul", {a, a}, {{"transpose_a", 1L}})[0]),
            (Numbers{17, 22, 27, 22, 29, 36, 27, 36, 45}));
  HostTensor w = f64({2, 3}, {1, 0, -1, 2, 2, 2});
  EXPECT_EQ(values_of(run("linear", {a, w, f32({2}, {10, 20})})[0]), (Numbers{8, 32, 8, 50}));
  HostTensor dy = f64({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(values_of(run("linear_weight_grad", {dy, a}, {{"dtype", int64_t{LMOS_F64}}})[0]),
            (Numbers{13, 17, 21, 18, 24, 30}));
}

TEST(KnownAnswers, Layout) {
  HostTensor x = f64({2, 3}, {1, 2, 3, 4, 5, 6});
  auto one = [&](const char* op, graph::Attributes attributes) {
    return values_of(run(op, {x}, attributes)[0]);
  };
  EXPECT_EQ(one("transpose", {{"permutation", Dims{1, 0}}}), (Numbers{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(one("slice", {{"axis", 1L}, {"begin", 1L}, {"end", 3L}}), (Numbers{2, 3, 5, 6}));
  EXPECT_EQ(one("pad", {{"axis", 1L}, {"before", 1L}, {"after", 0L}}),
            (Numbers{0, 1, 2, 3, 0, 4, 5, 6}));
  EXPECT_EQ(one("broadcast", {{"shape", Dims{2, 2, 3}}}),
            (Numbers{1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(one("reduce_sum", {{"axes", Dims{0}}, {"keep", 0L}}), (Numbers{5, 7, 9}));
  EXPECT_EQ(one("reduce_max", {{"axes", Dims{1}}, {"keep", 1L}}), (Numbers{3, 6}));
  EXPECT_EQ(values_of(run("concat", {x, x}, {{"axis", 1L}})[0]),
            (Numbers{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
  EXPECT_EQ(values_of(run("gather_rows", {x, i32({3}, {1, 0, 1})})[0]),
            (Numbers{4, 5, 6, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values_of(run("scatter_add_rows", {x, i32({2}, {2, 2})},
                          {{"rows", 3L}, {"dtype", int64_t{LMOS_F64}}})[0]),
            (Numbers{0, 0, 0, 0, 0, 0, 5, 7, 9}));
}

TEST(KnownAnswers, CastRoundsToNearestEvenAndTruncatesToIntegers) {
  auto cast = [](Numbers numbers, lmos_dtype to) {
    HostTensor x = f64({static_cast<int64_t>(numbers.size())}, numbers);
    return values_of(run("cast", {x}, {{"dtype", int64_t{to}}})[0]);
  };
  EXPECT_EQ(cast({2.9, -2.9, 0, 1e300, -1e300}, LMOS_I32),
            (Numbers{2, -2, 0, 2147483647, -2147483648.0}));
  // Halfway between two bf16 numbers: to the even one. A hair above: up, although the float between
  // is halfway.
  EXPECT_EQ(cast({1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1p-8 + 0x1p-40}, LMOS_BF16),
            (Numbers{1, 1 + 0x1p-6, 1 + 0x1p-7}));
  EXPECT_TRUE(std::isnan(cast({NAN}, LMOS_BF16)[0]));
  EXPECT_EQ(cast({INFINITY, 1e39}, LMOS_BF16), (Numbers{INFINITY, INFINITY}));
  // The same of f16, which has subnormal numbers down to 2^-24 and no finite number above 65504.
  EXPECT_EQ(cast({1 + 0x1p-11, 1 + 3 * 0x1p-11, 1 + 0x1p-11 + 0x1p-40}, LMOS_F16),
            (Numbers{1, 1 + 0x1p-9, 1 + 0x1p-10}));
  EXPECT_EQ(cast({0x1p-24, 0x1p-25, 0x1p-25 + 0x1p-60, 3 * 0x1p-25, 0x1p-14 - 0x1p-26}, LMOS_F16),
            (Numbers{0x1p-24, 0, 0x1p-24, 0x1p-23, 0x1p-14}));
  EXPECT_EQ(cast({65504, 65519.99, 65520, -65520, INFINITY}, LMOS_F16),
            (Numbers{65504, 65504, INFINITY, -INFINITY, INFINITY}));
  EXPECT_TRUE(std::isnan(cast({NAN}, LMOS_F16)[0]));
}

TEST(KnownAnswers, IndicesOutOfRangeAreErrors) {
  HostTensor x = f64({2, 3}, Numbers(6, 1));
  EXPECT_ANY_THROW(run("gather_rows", {x, i32({1}, {2})}));
  EXPECT_ANY_THROW(run("gather_rows", {x, i32({1}, {-1})}));
  EXPECT_ANY_THROW(run("linear_cross_entropy", {x, x, i32({2}, {0, 2})}, {{"ignore", -1L}}));
}

}  // namespace
}  // namespace lmos::test
