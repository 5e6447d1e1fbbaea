#include "formats/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace lmos {
namespace {

// The value of a 16-bit float, from the definition: `exponent_bits` 5 is binary16, 8 is bfloat16.
double value_of(uint16_t bits, int exponent_bits) {
  int mantissa_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
  int exponent = (bits & 0x7fff) >> mantissa_bits;
  double mantissa = bits & ((1 << mantissa_bits) - 1);
  double magnitude =
      exponent == 0 ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                    : std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

bool is_nan(uint16_t bits, uint16_t infinity) { return (bits & 0x7fff) > infinity; }

struct Format {
  int exponent_bits;
  uint16_t infinity;
  uint16_t (*narrow)(float);
  float (*widen)(uint16_t);
};

class Half : public testing::TestWithParam<Format> {
 protected:
  // Nearest value of the format, ties to the even one, by search among all of them.
  uint16_t nearest(float value) const {
    uint16_t sign = std::signbit(value) ? 0x8000 : 0;
    double magnitude = std::abs(static_cast<double>(value));
    // Beyond the largest value the next power of two stands for infinity.
    uint16_t low = 0, high = format().infinity;
    while (high - low > 1) {
      uint16_t middle = static_cast<uint16_t>((low + high) / 2);
      (value_of(middle, format().exponent_bits) <= magnitude ? low : high) = middle;
    }
    double below = magnitude - value_of(low, format().exponent_bits);
    double above = value_of(high, format().exponent_bits) - magnitude;
    bool up = above < below || (above == below && (low & 1));
    return static_cast<uint16_t>(sign | (up ? high : low));
  }
  const Format& format() const { return GetParam(); }
};

TEST_P(Half, WidensEveryValueExactlyAndBack) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    uint16_t half = static_cast<uint16_t>(bits);
    float wide = format().widen(half);
    if (is_nan(half, format().infinity)) {
      EXPECT_TRUE(std::isnan(wide));
      EXPECT_TRUE(is_nan(format().narrow(wide), format().infinity));
      EXPECT_EQ(format().narrow(wide) & 0x8000, half & 0x8000);
    } else {
      if ((half & 0x7fff) != format().infinity) {
        EXPECT_EQ(wide, value_of(half, format().exponent_bits));
      }
      EXPECT_EQ(format().narrow(wide), half);
    }
  }
}

TEST_P(Half, RoundsToNearestEven) {
  std::vector<float> values;
  for (uint32_t half = 0; half < format().infinity; ++half) {
    double low = value_of(static_cast<uint16_t>(half), format().exponent_bits);
    double high = value_of(static_cast<uint16_t>(half + 1), format().exponent_bits);
    float tie = static_cast<float>(low + (high - low) / 2);
    for (float value : {tie, std::nextafter(tie, 0.0f), std::nextafter(tie, HUGE_VALF)})
      values.insert(values.end(), {value, -value});
  }
  uint32_t bits = 2463534242u;
  for (int i = 0; i < 200000; ++i) {
    bits ^= bits << 13, bits ^= bits >> 17, bits ^= bits << 5;
    float value = std::bit_cast<float>(bits);
    if (std::isfinite(value)) values.push_back(value);
  }
  for (float value : values) ASSERT_EQ(format().narrow(value), nearest(value)) << value;
}

TEST_P(Half, OverflowsToInfinityAndKeepsNan) {
  float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(format().narrow(infinity), format().infinity);
  EXPECT_EQ(format().narrow(-infinity), format().infinity | 0x8000);
  EXPECT_EQ(format().narrow(std::numeric_limits<float>::max()), format().infinity);
  // A NaN whose mantissa is only in the bits that are cut.
  EXPECT_TRUE(is_nan(format().narrow(std::bit_cast<float>(0x7f800001u)), format().infinity));
  EXPECT_TRUE(is_nan(format().narrow(std::bit_cast<float>(0xffffffffu)), format().infinity));
}

INSTANTIATE_TEST_SUITE_P(Formats, Half,
                         testing::Values(Format{8, 0x7f80, bf16_from_f32, f32_from_bf16},
                                         Format{5, 0x7c00, f16_from_f32, f32_from_f16}),
                         [](const auto& info) {
                           return info.param.exponent_bits == 8 ? "bf16" : "f16";
                         });

TEST(HalfArrays, ConvertElementByElement) {
  std::vector<float> from{1.0f, -2.5f, 65504.0f, 1e-8f, 0.1f};
  std::vector<uint16_t> bf16(from.size()), f16(from.size());
  bf16_from_f32(from, bf16);
  f16_from_f32(from, f16);
  std::vector<float> from_bf16(from.size()), from_f16(from.size());
  f32_from_bf16(bf16, from_bf16);
  f32_from_f16(f16, from_f16);
  for (size_t i = 0; i < from.size(); ++i) {
    EXPECT_EQ(bf16[i], bf16_from_f32(from[i]));
    EXPECT_EQ(f16[i], f16_from_f32(from[i]));
    EXPECT_EQ(from_bf16[i], f32_from_bf16(bf16[i]));
    EXPECT_EQ(from_f16[i], f32_from_f16(f16[i]));
  }
}

}  // namespace
}  // namespace lmos
