#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "cpu/elementwise/elementwise.h"
#include "cpu/elementwise/scalar.h"
#include "kernels/kernel_test.h"

namespace lmos::cpu::testing {

LMOS_KERNEL_TEST(ElementwiseKernels);

struct Function {
  Unary op;
  double (*exact)(double);
};
const Function kFunctions[] = {
    {Unary::neg, [](double x) { return -x; }},
    {Unary::exp, [](double x) { return std::exp(x); }},
    {Unary::log, [](double x) { return std::log(x); }},
    {Unary::sqrt, [](double x) { return std::sqrt(x); }},
    {Unary::rsqrt, [](double x) { return 1 / std::sqrt(x); }},
    {Unary::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
    {Unary::tanh, [](double x) { return std::tanh(x); }},
    {Unary::erf, [](double x) { return std::erf(x); }},
    {Unary::sin, [](double x) { return std::sin(x); }},
    {Unary::cos, [](double x) { return std::cos(x); }},
};

TEST_P(ElementwiseKernels, FunctionsAreExactToAMillionth) {
  const int64_t count = 20001;
  Values x(Float::f32, count), y(Float::f32, count);
  for (int64_t i = 0; i < count; ++i) x.set(i, (static_cast<double>(i) - 10000) * 0.00873);
  for (const Function& function : kFunctions) {
    kernels().elementwise.unary(parallel(), {function.op, Float::f32, count, x.data(), y.data()});
    for (int64_t i = 0; i < count; ++i) {
      const double exact = function.exact(x[i]);
      if (std::isnan(exact)) {
        EXPECT_TRUE(std::isnan(y[i])) << x[i];
      } else if (std::isinf(exact) || exact > std::numeric_limits<float>::max()) {
        EXPECT_EQ(static_cast<float>(exact), y[i]) << x[i];
      } else {
        // Zeros of sin and cos are not floats: there the error is relative to the angle.
        const double room = function.op == Unary::sin || function.op == Unary::cos ? 1e-7 : 2e-38;
        ASSERT_NEAR(y[i], exact, 1e-6 * std::abs(exact) + room)
            << "function " << static_cast<int>(function.op) << " of " << x[i];
      }
    }
  }
}

TEST_P(ElementwiseKernels, FunctionsKeepSpecialValues) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Values x(Float::f32, 5), y(Float::f32, 5);
  const float inputs[] = {0.f, infinity, -infinity, nan, -0.f};
  for (int64_t i = 0; i < 5; ++i) x.set(i, inputs[i]);
  const auto run = [&](Unary op) {
    kernels().elementwise.unary(parallel(), {op, Float::f32, 5, x.data(), y.data()});
  };
  run(Unary::exp);
  EXPECT_EQ(1, y[0]);
  EXPECT_EQ(infinity, y[1]);
  EXPECT_EQ(0, y[2]);
  EXPECT_TRUE(std::isnan(y[3]));
  run(Unary::log);
  EXPECT_EQ(-infinity, y[0]);
  EXPECT_EQ(infinity, y[1]);
  EXPECT_TRUE(std::isnan(y[2]));
  EXPECT_TRUE(std::isnan(y[3]));
  run(Unary::sigmoid);
  EXPECT_EQ(0.5, y[0]);
  EXPECT_EQ(1, y[1]);
  EXPECT_EQ(0, y[2]);
  run(Unary::tanh);
  EXPECT_EQ(1, y[1]);
  EXPECT_EQ(-1, y[2]);
  EXPECT_TRUE(std::isnan(y[3]));
  run(Unary::erf);
  EXPECT_EQ(0, y[0]);
  EXPECT_EQ(1, y[1]);
  EXPECT_EQ(-1, y[2]);
  EXPECT_TRUE(std::isnan(y[3]));
}

TEST_P(ElementwiseKernels, BinaryEqualsTheReference) {
  for (const Float type : kFloats) {
    for (const int64_t count : {1, 15, 100, 20000}) {
      const Values a = Values::random(type, count, 1), b = Values::random(type, count, 2);
      Values y(type, count), expected(type, count);
      for (const Binary op :
           {Binary::add, Binary::sub, Binary::mul, Binary::div, Binary::minimum, Binary::maximum}) {
        kernels().elementwise.binary(parallel(), {op, type, count, a.data(), b.data(), y.data()});
        for (int64_t i = 0; i < count; ++i) {
          const double exact[] = {a[i] + b[i], a[i] - b[i],          a[i] * b[i],
                                  a[i] / b[i], std::min(a[i], b[i]), std::max(a[i], b[i])};
          expected.set(i, exact[static_cast<int>(op)]);
        }
        expect_close(y, expected, "y");
      }
    }
  }
}

TEST_P(ElementwiseKernels, MinimumAndMaximumKeepNanOfEitherOperand) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr int64_t count = 40;  // whole vectors and a part of one
  for (const Float type : kFloats) {
    Values a(type, count), b(type, count), y(type, count);
    for (int64_t i = 0; i < count; ++i) {
      a.set(i, i % 3 == 0 ? nan : 1);
      b.set(i, i % 3 == 1 ? nan : 1);
    }
    for (const Binary op : {Binary::minimum, Binary::maximum}) {
      kernels().elementwise.binary(parallel(), {op, type, count, a.data(), b.data(), y.data()});
      for (int64_t i = 0; i < count; ++i) EXPECT_EQ(std::isnan(y[i]), i % 3 != 2) << i;
    }
  }
}

TEST_P(ElementwiseKernels, ConversionRoundsToNearestEvenAndKeepsNan) {
  const float inputs[] = {1.f,
                          1.00390625f,    // half way, to even: 1
                          1.01171875f,    // half way, to even: 1.015625
                          3.3895313e38f,  // the largest bf16
                          3.4e38f,        // above it: infinity
                          -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN()};
  constexpr int64_t count = std::size(inputs);
  Values x(Float::f32, count), y(Float::bf16, count);
  for (int64_t i = 0; i < count; ++i) x.set(i, inputs[i]);
  kernels().elementwise.convert(parallel(),
                                {Float::f32, Float::bf16, false, count, x.data(), y.data()});
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_EQ(to_bf16(inputs[i]).bits, static_cast<const bf16*>(y.data())[i].bits) << inputs[i];
  }
  EXPECT_EQ(1, y[1]);
  EXPECT_EQ(1.015625, y[2]);
  EXPECT_TRUE(std::isnan(y[6]));
}

// Every number of f16, the number halfway to the next one, and the floats on both sides of that.
TEST_P(ElementwiseKernels, ConversionToFloat16IsThatOfIeee754) {
  std::vector<float> inputs;
  std::vector<uint16_t> expected;
  const auto expect = [&](float x, uint32_t bits) {
    inputs.insert(inputs.end(), {x, -x});
    expected.insert(expected.end(),
                    {static_cast<uint16_t>(bits), static_cast<uint16_t>(bits | 0x8000)});
  };
  for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const int exponent = static_cast<int>(bits >> 10);
    const auto mantissa = static_cast<float>(bits & 1023);
    const float unit = std::ldexp(1.f, std::max(exponent, 1) - 25);
    const float number = (exponent == 0 ? mantissa : mantissa + 1024) * unit;
    const float halfway = number + unit / 2;
    expect(number, bits);
    expect(std::nextafter(halfway, 0.f), bits);
    expect(halfway, bits + (bits & 1));
    expect(std::nextafter(halfway, 1e30f), bits + 1);
  }
  expect(std::numeric_limits<float>::infinity(), 0x7c00);
  expect(std::numeric_limits<float>::denorm_min(), 0);
  const auto count = static_cast<int64_t>(inputs.size());
  std::vector<f16> y(inputs.size());
  kernels().elementwise.convert(parallel(),
                                {Float::f32, Float::f16, false, count, inputs.data(), y.data()});
  std::vector<float> back(inputs.size());
  kernels().elementwise.convert(parallel(),
                                {Float::f16, Float::f32, false, count, y.data(), back.data()});
  int64_t wrong = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    wrong += y[i].bits != expected[i] || to_f16(inputs[i]).bits != expected[i];
    wrong += std::bit_cast<uint32_t>(back[i]) != std::bit_cast<uint32_t>(to_f32(y[i]));
    wrong += to_f16(back[i]).bits != y[i].bits;
  }
  EXPECT_EQ(0, wrong);
  EXPECT_EQ(65504, to_f32(f16{0x7bff}));
  EXPECT_EQ(0x1p-24f, to_f32(f16{1}));
}

TEST_P(ElementwiseKernels, AccumulationConvertsBeforeItAdds) {
  const int64_t count = 37;
  const Values x = Values::random(Float::f32, count, 1);
  Values y = Values::random(Float::bf16, count, 2), expected = y;
  kernels().elementwise.convert(parallel(),
                                {Float::f32, Float::bf16, true, count, x.data(), y.data()});
  for (int64_t i = 0; i < count; ++i) {
    const double rounded = to_f32(to_bf16(static_cast<float>(x[i])));
    expected.set(i, expected[i] + rounded);
  }
  expect_same_bits(y, expected, "y");
}

TEST(ScalarKernels, ConversionToIntegersTruncatesAndSaturates) {
  const double x[] = {2.9, -2.9, 1e30, -1e30, std::numeric_limits<double>::quiet_NaN()};
  int32_t y[5];
  scalar_convert({}, {Scalar::f64, Scalar::i32, false, 5, x, y});
  EXPECT_EQ(2, y[0]);
  EXPECT_EQ(-2, y[1]);
  EXPECT_EQ(std::numeric_limits<int32_t>::max(), y[2]);
  EXPECT_EQ(std::numeric_limits<int32_t>::min(), y[3]);
  EXPECT_EQ(0, y[4]);
}

TEST(ScalarKernels, IntegersWrapAndCompare) {
  const int32_t a[] = {std::numeric_limits<int32_t>::max(), 3}, b[] = {1, 3};
  int32_t y[2];
  scalar_binary({}, {Binary::add, Scalar::i32, 2, a, b, y});
  EXPECT_EQ(std::numeric_limits<int32_t>::min(), y[0]);
  compare({}, {Compare::equal, Scalar::i32, 2, a, b, y});
  EXPECT_EQ(0, y[0]);
  EXPECT_EQ(1, y[1]);
  compare({}, {Compare::less, Scalar::i32, 2, b, a, y});
  EXPECT_EQ(1, y[0]);
  EXPECT_EQ(0, y[1]);
}

}  // namespace lmos::cpu::testing
