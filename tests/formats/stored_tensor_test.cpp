#include "formats/stored_tensor.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "formats/float8.h"
#include "formats/half.h"
#include "safetensors_text.h"
#include "scratch.h"

namespace lmos {
namespace {

constexpr TensorEncoding kF32{LMOS_F32, nullptr};

TensorEncoding q8_0() { return {LMOS_F32, find_block_format("Q8_0")}; }

template <typename Number>
std::vector<Number> read_as(const StoredTensor& tensor, const TensorEncoding& target) {
  std::string bytes;
  read_tensor(tensor, target, "t",
              [&](std::span<const std::byte> piece) { bytes += text_of(piece); });
  std::vector<Number> values(bytes.size() / sizeof(Number));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<float> counting(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  return values;
}

StoredTensor floats(const std::vector<float>& values, std::vector<int64_t> shape) {
  return {kF32, std::move(shape), std::as_bytes(std::span(values))};
}

TEST(StoredTensor, PermutesAxesOfManyPieces) {
  constexpr int64_t kRows = 700, kColumns = 900;  // more than one piece
  const std::vector<float> values = counting(kRows * kColumns);
  const std::vector<int64_t> axes = {kRows, kColumns};
  const std::vector<size_t> order = {1, 0};
  const StoredTensor turned = permuted(floats(values, axes), axes, order, {kColumns, kRows});
  const std::vector<float> read = read_as<float>(turned, kF32);
  ASSERT_EQ(read.size(), values.size());
  for (int64_t row = 0; row < kRows; row += 7)
    for (int64_t column = 0; column < kColumns; column += 11)
      ASSERT_EQ(read[static_cast<size_t>(column * kRows + row)],
                values[static_cast<size_t>(row * kColumns + column)]);
}

TEST(StoredTensor, ConvertsBetweenEveryFloatingPointType) {
  const std::vector<float> values = {0, -1.5f, 65504, 1e-3f};
  const StoredTensor tensor = floats(values, {4});
  const auto halves = read_as<uint16_t>(tensor, {LMOS_F16, nullptr});
  const auto brains = read_as<uint16_t>(tensor, {LMOS_BF16, nullptr});
  const auto doubles = read_as<double>(tensor, {LMOS_F64, nullptr});
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(halves[i], f16_from_f32(values[i]));
    EXPECT_EQ(brains[i], bf16_from_f32(values[i]));
    EXPECT_EQ(doubles[i], values[i]);
  }
  const StoredTensor half{{LMOS_F16, nullptr}, {4}, std::as_bytes(std::span(halves))};
  EXPECT_EQ(read_as<float>(half, kF32)[1], -1.5f);
}

TEST(StoredTensor, ReadsBlocksWholeOrThroughAWalkThatCutsThem) {
  const std::vector<float> values = counting(64);
  const auto blocks = read_as<std::byte>(floats(values, {2, 32}), q8_0());
  ASSERT_EQ(blocks.size(), 68u);
  const StoredTensor tensor{q8_0(), {2, 32}, blocks};
  const std::vector<float> decoded = read_as<float>(tensor, kF32);
  EXPECT_NEAR(decoded[40], 40, 0.3);

  const std::vector<int64_t> axes = {2, 32};
  const std::vector<size_t> rows_stay = {0, 1}, turned = {1, 0};
  EXPECT_EQ(read_as<std::byte>(permuted(tensor, axes, rows_stay, {2, 32}), q8_0()), blocks);
  const std::vector<float> columns = read_as<float>(permuted(tensor, axes, turned, {32, 2}), kF32);
  EXPECT_EQ(columns[1], decoded[32]);
  EXPECT_EQ(columns[2], decoded[1]);
}

TEST(StoredTensor, RefusesWhatCannotBeHad) {
  const std::vector<float> values = counting(4);
  const std::vector<std::byte> block(66);
  const StoredTensor unknown{{LMOS_F32, find_block_format("IQ2_XXS")}, {256}, block};
  const auto discard = [](std::span<const std::byte>) {};
  EXPECT_EQ(error_message(ErrorKind::kInput, [&] { read_tensor(unknown, kF32, "w", discard); }),
            "tensor \"w\" of type IQ2_XXS cannot be had as F32");
  const StoredTensor integers{{LMOS_I32, nullptr}, {4}, std::as_bytes(std::span(values))};
  EXPECT_FALSE(converts(integers.encoding, kF32));
  EXPECT_TRUE(converts(integers.encoding, integers.encoding));
  EXPECT_FALSE(converts(kF32, {LMOS_F8_E4M3, nullptr}));
}

TEST(Float8, EncodesToTheNearestValue) {
  for (int bits = 0; bits < 256; ++bits) {
    const float value = f32_from_f8_e4m3(static_cast<uint8_t>(bits));
    if (!std::isnan(value)) {
      EXPECT_EQ(f8_e4m3_from_f32(value), bits);
    }
    // Half way to the next larger value: to the even one of the two. Beside it: to the nearer.
    if ((bits & 0x7f) >= 0x7e) continue;
    const float next = f32_from_f8_e4m3(static_cast<uint8_t>(bits + 1));
    const float middle = (value + next) / 2;
    EXPECT_EQ(f8_e4m3_from_f32(middle), bits + (bits & 1)) << middle;
    EXPECT_EQ(f8_e4m3_from_f32(std::nextafter(middle, value)), bits) << middle;
    EXPECT_EQ(f8_e4m3_from_f32(std::nextafter(middle, next)), bits + 1) << middle;
  }
  EXPECT_EQ(f8_e4m3_from_f32(1e9f), 0x7e);
  EXPECT_EQ(f8_e4m3_from_f32(-INFINITY), 0xfe);
  EXPECT_TRUE(std::isnan(f32_from_f8_e4m3(f8_e4m3_from_f32(NAN))));
}

TEST(Float8, DecodesTheValuesOfTheirDefinitions) {
  EXPECT_EQ(f32_from_f8_e4m3(0x38), 1.0f);
  EXPECT_EQ(f32_from_f8_e4m3(0xb8), -1.0f);
  EXPECT_EQ(f32_from_f8_e4m3(0x7e), 448.0f);
  EXPECT_EQ(f32_from_f8_e4m3(0x01), std::ldexp(1.0f, -9));
  EXPECT_TRUE(std::isnan(f32_from_f8_e4m3(0x7f)));
  EXPECT_EQ(f32_from_f8_e5m2(0x3c), 1.0f);
  EXPECT_EQ(f32_from_f8_e5m2(0x7b), 57344.0f);
  EXPECT_EQ(f32_from_f8_e5m2(0xfc), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(f32_from_f8_e5m2(0x01), std::ldexp(1.0f, -16));
}

}  // namespace
}  // namespace lmos
