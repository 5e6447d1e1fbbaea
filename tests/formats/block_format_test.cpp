// Quantised blocks against what ggml's own Python package computes (data/make_ggml_blocks.py).
#include "formats/block_format.h"

#include <cstring>

#include "formats/safetensors.h"
#include "formats/tensor_encoding.h"
#include "scratch.h"

namespace lmos {
namespace {

const SafetensorsFile& reference() {
  static const SafetensorsFile file(std::string(LLMASOS_SOURCE_DIRECTORY) +
                                    "/tests/formats/data/ggml_blocks.safetensors");
  return file;
}

std::vector<float> floats(const TensorView& tensor) {
  std::vector<float> values(tensor.data.size() / sizeof(float));
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

TEST(BlockFormat, DecodesBitForBitAsGgml) {
  int checked = 0;
  for (const BlockFormat& format : all_block_formats()) {
    if (!format.decode) continue;
    const std::string name(format.name);
    const TensorView& blocks = reference().tensors().at(name + ".blocks");
    const std::vector<float> expected = floats(reference().tensors().at(name + ".values"));
    ASSERT_EQ(blocks.shape[1], format.bytes) << name;
    std::vector<float> values(static_cast<size_t>(blocks.shape[0]) * format.elements);
    format.decode(blocks.data, values);
    EXPECT_EQ(values, expected) << name;
    ++checked;
  }
  EXPECT_EQ(checked, 8);
}

TEST(BlockFormat, EncodesBitForBitAsGgml) {
  const BlockFormat* format = find_block_format("Q8_0");
  const std::vector<float> values = floats(reference().tensors().at("Q8_0.unquantised"));
  const TensorView& expected = reference().tensors().at("Q8_0.quantised");
  std::vector<std::byte> blocks(expected.data.size());
  format->encode(values, blocks);
  EXPECT_TRUE(std::ranges::equal(blocks, expected.data));
}

TEST(BlockFormat, EncodesInfinitiesAndNaNsWithoutTrapping) {
  std::vector<float> values(32, 1.0f);
  values[0] = std::numeric_limits<float>::infinity();
  values[1] = std::numeric_limits<float>::quiet_NaN();
  std::vector<std::byte> blocks(34);
  find_block_format("Q8_0")->encode(values, blocks);
  EXPECT_EQ(std::to_integer<int>(blocks[2]), 0);
}

TEST(TensorEncoding, KnowsBytesOrThatThereAreNone) {
  const TensorEncoding q4_k{LMOS_F32, find_block_format("Q4_K")};
  EXPECT_EQ(encoding_name(q4_k), "Q4_K");
  EXPECT_EQ(encoded_bytes(q4_k, std::vector<int64_t>{3, 512}), 3u * 2 * 144);
  EXPECT_EQ(encoded_bytes(q4_k, std::vector<int64_t>{512, 3}), std::nullopt);
  EXPECT_EQ(encoded_bytes(q4_k, std::vector<int64_t>{}), std::nullopt);
  const TensorEncoding f64{LMOS_F64, nullptr};
  EXPECT_EQ(encoded_bytes(f64, std::vector<int64_t>{}), 8u);
  EXPECT_EQ(encoded_bytes(f64, std::vector<int64_t>{int64_t{1} << 60, 1}), std::nullopt);
  EXPECT_EQ(encoded_bytes(f64, std::vector<int64_t>{-1}), std::nullopt);
}

}  // namespace
}  // namespace lmos
