// Products of a few rows against plain loops in double precision.
#include <cmath>
#include <sstream>

#include "cuda/products/skinny.h"
#include "cuda/testing/array.h"
#include "cuda/testing/tests.h"

namespace lmos::cuda::testing {
namespace {

using Values = std::vector<double>;

double e4m3(uint8_t bits) {
  const int exponent = bits >> 3 & 15, mantissa = bits & 7;
  const double value =
      exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
  return bits & 0x80 ? -value : value;
}

struct Case {
  SkinnyShape shape;
  bool bias, residual;
};

void test_case(const Case& c) {
  const SkinnyShape& s = c.shape;
  const int64_t matrices = s.epilogue == SkinnyEpilogue::swiglu ? 2 : 1;
  const int64_t weight_rows = matrices * s.outputs;
  const Array x = Array::random(s.type, s.rows * s.inputs, 1);
  const Array plain =
      Array::random(s.type, s.format == WeightFormat::same ? weight_rows * s.inputs : 0, 2, 0.05);
  Values weights = plain.values(), scales(weight_rows, 1);
  // One-byte weights, four to an i32.
  std::vector<uint8_t> bytes(s.format == WeightFormat::same ? 0 : weight_rows * s.inputs);
  std::vector<int32_t> words(bytes.size() / 4);
  if (!bytes.empty()) {
    weights.resize(bytes.size());
    uint32_t state = 12345;
    for (size_t i = 0; i < bytes.size(); ++i) {
      state = state * 1664525u + 1013904223u;
      bytes[i] = static_cast<uint8_t>(state >> 24);
      if (s.format == WeightFormat::e4m3 && (bytes[i] & 0x7f) == 0x7f) bytes[i] = 0;  // NaN
      weights[i] = s.format == WeightFormat::e4m3 ? e4m3(bytes[i]) : static_cast<int8_t>(bytes[i]);
    }
    for (size_t i = 0; i < words.size(); ++i) {
      const uint32_t word = bytes[4 * i] | bytes[4 * i + 1] << 8 | bytes[4 * i + 2] << 16 |
                            static_cast<uint32_t>(bytes[4 * i + 3]) << 24;
      words[i] = static_cast<int32_t>(word);
    }
    for (int64_t o = 0; o < weight_rows; ++o) scales[o] = static_cast<float>(1e-4 * (1 + o % 7));
  }
  const Indices packed(words);
  const Array scale = Array::of(Float::f32, scales);
  const Array bias = Array::random(Float::f32, s.outputs, 3),
              norm = Array::random(s.type, s.inputs, 4);
  Array y = Array::random(s.type, s.rows * s.outputs, 5);  // also the residual
  const Values before = y.values(), biases = bias.values(), norms = norm.values();
  Values input = x.values(), expected(s.rows * s.outputs);
  const double epsilon = 1e-5f;
  if (s.normalised) {
    Array rounded(s.type, s.rows * s.inputs);
    for (int64_t r = 0; r < s.rows; ++r) {
      double squares = 0;
      for (int64_t i = 0; i < s.inputs; ++i)
        squares += input[r * s.inputs + i] * input[r * s.inputs + i];
      const double factor = 1 / std::sqrt(squares / s.inputs + epsilon);
      for (int64_t i = 0; i < s.inputs; ++i) input[r * s.inputs + i] *= factor * norms[i];
    }
    rounded.set(input);
    input = rounded.values();
  }
  in_parallel(s.outputs, [&](int64_t o) {
    for (int64_t r = 0; r < s.rows; ++r) {
      double sum[2] = {};
      for (int64_t m = 0; m < matrices; ++m) {
        for (int64_t i = 0; i < s.inputs; ++i)
          sum[m] += input[r * s.inputs + i] * weights[(m * s.outputs + o) * s.inputs + i];
        sum[m] *= scales[m * s.outputs + o];
      }
      double& result = expected[r * s.outputs + o];
      result = matrices == 2 ? sum[0] / (1 + std::exp(-sum[0])) * sum[1] : sum[0];
      if (c.bias) result += biases[o];
      if (c.residual) result += before[r * s.outputs + o];
    }
  });
  if (!c.residual) y.poison();
  std::ostringstream name;
  name << "product " << name_of(s.type) << " weights "
       << (s.format == WeightFormat::same   ? "same"
           : s.format == WeightFormat::int8 ? "int8"
                                            : "e4m3")
       << " " << s.rows << "×" << s.inputs << "→" << s.outputs << (matrices == 2 ? " swiglu" : "")
       << (c.bias ? " bias" : "") << (c.residual ? " residual" : "")
       << (s.normalised ? " norm" : "");
  if (!skinny_covers(s)) return check(name.str() + " is covered", 1, 0);
  skinny_product(
      nullptr,
      {s, x.data(),
       s.format == WeightFormat::same ? plain.data() : static_cast<const void*>(packed.data()),
       scale.f32(), c.bias ? bias.data() : nullptr, c.residual ? y.data() : nullptr, norm.data(),
       Float::f32, s.type, 1e-5f, y.data(), true});
  require(cudaGetLastError(), name.str().c_str());
  check(name.str(), distance(y.values(), expected), tolerance(s.type));
}

}  // namespace

void test_skinny() {
  constexpr auto kSame = WeightFormat::same;
  constexpr auto kPlain = SkinnyEpilogue::plain;
  for (const Float type : {Float::bf16, Float::f16}) {
    for (const int64_t rows : {1, 5, 8, 16}) {
      test_case({{type, kSame, kPlain, rows, 2048, 256, false}, false, false});
      test_case({{type, kSame, kPlain, rows, 1000, 77, false}, true, true});
      test_case({{type, kSame, SkinnyEpilogue::swiglu, rows, 1400, 100, true}, false, false});
      test_case({{type, kSame, kPlain, rows, rows > 8 ? 3136 : 5632, 130, false}, false, true});
      test_case({{type, WeightFormat::e4m3, kPlain, rows, 2048, 128, false}, true, true});
      test_case({{type, WeightFormat::int8, kPlain, rows, 1040, 70, rows < 16}, false, false});
      test_case(
          {{type, WeightFormat::e4m3, SkinnyEpilogue::swiglu, rows, 528, 70, false}, false, false});
    }
    test_case({{type, kSame, kPlain, 1, 4096, 64, true}, false, true});
  }
  for (const int64_t rows : {1, 3, 16}) {
    test_case({{Float::f32, kSame, kPlain, rows, 772, 100, false}, true, true});
  }
}

}  // namespace lmos::cuda::testing
