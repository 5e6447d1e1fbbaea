// Products of a few rows against plain loops in double precision.
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

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
  std::vector<int64_t> outputs;  // of each matrix
  bool bias, residual;
};

void test_case(const Case& c) {
  const SkinnyShape& s = c.shape;
  const bool gated = s.epilogue == SkinnyEpilogue::swiglu;
  // Rows of all matrices follow one another, in memory and in what is expected.
  int64_t weight_rows = 0;
  for (const int64_t outputs : c.outputs) weight_rows += outputs;
  const int64_t outputs = gated ? c.outputs[0] : weight_rows;
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
  const Array bias = Array::random(Float::f32, outputs, 3),
              norm = Array::random(s.type, s.inputs, 4);
  std::vector<Array> y;  // also the residuals
  const Float result_type = s.wide ? Float::f32 : s.type;
  for (const int64_t count : c.outputs) y.push_back(Array::random(result_type, s.rows * count, 5));
  const Values biases = bias.values(), norms = norm.values();
  Values input = x.values(), sums(s.rows * weight_rows);
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
  in_parallel(weight_rows, [&](int64_t o) {
    for (int64_t r = 0; r < s.rows; ++r) {
      double sum = 0;
      for (int64_t i = 0; i < s.inputs; ++i)
        sum += input[r * s.inputs + i] * weights[o * s.inputs + i];
      sums[r * weight_rows + o] = sum * scales[o];
    }
  });
  std::ostringstream name;
  name << "product " << name_of(s.type) << " weights "
       << (s.format == WeightFormat::same   ? "same"
           : s.format == WeightFormat::int8 ? "int8"
                                            : "e4m3")
       << " " << s.rows << "×" << s.inputs << "→" << outputs << (gated ? " swiglu" : "") << " of "
       << c.outputs.size() << (c.bias ? " bias" : "") << (c.residual ? " residual" : "")
       << (s.normalised ? " norm" : "") << (s.wide ? " to f32" : "");
  if (!skinny_covers(s)) return check(name.str() + " is covered", 1, 0);
  Skinny args{s, x.data(), norm.data(), Float::f32, s.type, 1e-5f, {}, true};
  const int64_t weight_bytes = s.format == WeightFormat::same ? bytes_of(s.type) : 1;
  const auto* from = static_cast<const uint8_t*>(
      s.format == WeightFormat::same ? plain.data() : static_cast<const void*>(packed.data()));
  int64_t first = 0;
  std::vector<Values> expected;
  for (size_t m = 0; m < c.outputs.size(); ++m) {
    const int64_t count = c.outputs[m];
    args.matrices[m] = {count,
                        from + first * s.inputs * weight_bytes,
                        scale.f32() + first,
                        c.bias ? bias.f32() + first : nullptr,
                        c.residual ? y[m].data() : nullptr,
                        y[m].data()};
    Values& values = expected.emplace_back(s.rows * count);
    const Values before = y[m].values();
    for (int64_t i = 0; i < s.rows * count; ++i) {
      const double* sum = &sums[i / count * weight_rows + first + i % count];
      values[i] = gated ? *sum / (1 + std::exp(-*sum)) * sum[m == 0 ? count : 0] : *sum;
      if (c.bias) values[i] += biases[first + i % count];
      if (c.residual) values[i] += before[i];
    }
    if (!c.residual) y[m].poison();
    first += count;
  }
  skinny_product(nullptr, args);
  require(cudaGetLastError(), name.str().c_str());
  for (size_t m = 0; m < (gated ? 1 : c.outputs.size()); ++m) {
    check(name.str() + " " + std::to_string(m), distance(y[m].values(), expected[m]),
          tolerance(s.type));
  }
}

}  // namespace

void test_skinny() {
  constexpr auto kSame = WeightFormat::same;
  constexpr auto kPlain = SkinnyEpilogue::plain;
  constexpr auto kGated = SkinnyEpilogue::swiglu;
  constexpr auto kE4m3 = WeightFormat::e4m3, kInt8 = WeightFormat::int8;
  for (const Float type : {Float::bf16, Float::f16}) {
    for (const int64_t rows : {1, 2, 3, 5, 8, 16}) {
      test_case({{type, kSame, kPlain, rows, 2048, false}, {256}, false, false});
      test_case({{type, kSame, kPlain, rows, 1000, false}, {77}, true, true});
      test_case({{type, kSame, kPlain, rows, 1000, true}, {77, 16, 30}, true, true});
      test_case({{type, kSame, kPlain, rows, 64, true}, {2048, 40}, false, false});
      test_case({{type, kSame, kPlain, rows, 3072, rows < 4}, {1, 5, 3}, false, true});
      test_case({{type, kSame, kGated, rows, 1400, true}, {100, 100}, false, false});
      test_case({{type, kSame, kPlain, rows, rows > 8 ? 3136 : 5632, false}, {130}, false, true});
      test_case({{type, kSame, kPlain, rows, 2048, false, true}, {300}, false, false});
      test_case({{type, kE4m3, kPlain, rows, 2048, false}, {128}, true, true});
      test_case({{type, kInt8, kPlain, rows, 1040, rows < 16}, {70, 12}, false, false});
      test_case({{type, kE4m3, kGated, rows, 528, false}, {70, 70}, false, false});
    }
    test_case({{type, kSame, kPlain, 1, 4096, true}, {64}, false, true});
    // Large: weights streamed through shared memory.
    test_case({{type, kSame, kPlain, 1, 4096, true}, {4100, 7, 1030}, true, true});
    test_case({{type, kSame, kPlain, 1, 4608, false, true}, {5003}, false, false});
    test_case({{type, kSame, kGated, 1, 4104, true}, {4099, 4099}, false, false});
    test_case({{type, kSame, kPlain, 1, 14336, false}, {4096}, false, true});
  }
  for (const int64_t rows : {1, 3, 16}) {
    test_case({{Float::f32, kSame, kPlain, rows, 772, false}, {100, 21}, true, true});
  }
}

}  // namespace lmos::cuda::testing
