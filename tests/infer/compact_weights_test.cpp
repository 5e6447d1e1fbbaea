// What compact weights promise: the matrix that was, bit for bit, and an end with words where that
// cannot be.
#include "components/compact.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "errors/error.h"
#include "graph/builder.h"
#include "graph/op.h"
#include "graph/verify.h"
#include "llmasos/compact_weights.hpp"
#include "passes/compact_weights.h"
#include "passes/decompose.h"

namespace lmos::components {
namespace {

StoredTensor stored_matrix(std::span<const uint16_t> weights, int64_t rows, int64_t columns) {
  return {{LMOS_BF16, nullptr}, {rows, columns}, std::as_bytes(weights)};
}

std::vector<uint16_t> plain(const CompactTensor& made) {
  std::vector<uint16_t> weights(made.bases.size() * sdk::kCompactBlock);
  for (size_t i = 0; i < made.bases.size(); ++i) {
    const std::span<uint16_t, sdk::kCompactBlock> to(weights.data() + i * sdk::kCompactBlock,
                                                     sdk::kCompactBlock);
    const std::byte* const block = made.blocks.data() + i * sdk::kCompactBytes;
    const auto base = std::to_integer<uint8_t>(made.bases[i]);
    if (base == sdk::kRawBlock)
      std::copy_n(made.raw.begin() + sdk::raw_block_index(block) * sdk::kCompactBlock, to.size(),
                  to.begin());
    else
      sdk::read_compact_block(
          std::span<const std::byte, sdk::kCompactBytes>(block, sdk::kCompactBytes), base, to);
  }
  return weights;
}

TEST(CompactWeights, KeepEveryBit) {
  std::mt19937 random(7);
  std::vector<uint16_t> weights(64 * 256);
  // Exponents of a normal distribution's kind; then zeros of both signs, subnormal numbers, and in
  // single blocks a tiny weight, an infinity and a NaN.
  for (uint16_t& w : weights)
    w = static_cast<uint16_t>((random() & 0x807f) | (120 - random() % 12) << 7);
  for (size_t i = 3; i < weights.size(); i += 50) weights[i] &= 0x8000;
  for (size_t i = 9; i < weights.size(); i += 70) weights[i] &= 0x807f;
  weights[1000] = 0x0301;
  weights[2000] = 0x7f80;
  weights[3000] = 0xffc1;
  for (size_t i = 4096; i < 4096 + 128; ++i) weights[i] = 0;
  EXPECT_EQ(plain(compact(stored_matrix(weights, 64, 256), "w", false)), weights);

  std::vector<uint16_t> exchanged(weights.size());
  for (size_t r = 0; r < 64; ++r)
    for (size_t c = 0; c < 256; ++c) exchanged[c * 64 + r] = weights[r * 256 + c];
  EXPECT_EQ(plain(compact(stored_matrix(exchanged, 256, 64), "w", true)), weights);
}

TEST(CompactWeights, OfTooManyMagnitudesAreRefusedByName) {
  std::vector<uint16_t> weights(128 * 128);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = i % 2 == 0 ? 0x3f80 : 0x2f80;
  try {
    compact(stored_matrix(weights, 128, 128), "layers.0.up", false);
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_PRED_FORMAT2(testing::IsSubstring, "tensor `layers.0.up`: more than 8 of 128 blocks",
                        error.what());
    EXPECT_PRED_FORMAT2(testing::IsSubstring, "use `weights: compute`", error.what());
  }
}

TEST(CompactWeights, TakeTheProductsWhoseInputsAreWholeBlocks) {
  graph::Graph graph;
  graph::Builder b(graph);
  const auto parameter = [&](const char* name, std::vector<int64_t> dims) {
    graph::Parameter description;
    description.name = name;
    return b.parameter(description, {LMOS_BF16, std::move(dims)});
  };
  const graph::ValueId x = b.input("x", {LMOS_BF16, {3, 256}});
  const graph::ValueId up = b.one("linear", {x, parameter("up", {192, 256})});
  b.output("y", b.one("linear", {up, parameter("down", {8, 192})}));
  const graph::Graph made = passes::compact_weights(graph);
  graph::verify(made);
  EXPECT_EQ(made.nodes[0].op->name, "linear_compact");
  EXPECT_EQ(made.nodes[1].op->name, "linear");
  const graph::TensorType& blocks = made.type(made.find_parameter("up")->value);
  EXPECT_EQ(blocks, (graph::TensorType{LMOS_U8, {192, 384}}));
  EXPECT_EQ(passes::plain_type(blocks), (graph::TensorType{LMOS_BF16, {192, 256}}));
  EXPECT_EQ(made.find_parameter(passes::bases_name("up"))->part_of, "up");
}

TEST(CompactWeights, BackendsWithoutThemAreToldTheSetting) {
  graph::Graph graph;
  graph::Builder b(graph);
  graph::Parameter weight;
  weight.name = "w";
  const graph::ValueId x = b.input("x", {LMOS_BF16, {3, 256}});
  b.output("y", b.one("linear", {x, b.parameter(weight, {LMOS_BF16, {8, 256}})}));
  const auto supports = [](const graph::Graph&, const graph::Node& node) {
    return node.op->name != "linear_compact";
  };
  try {
    passes::decompose(passes::compact_weights(graph), supports);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kPlugin);
    EXPECT_NE(std::string(error.what()).find("`weights: compact`"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace lmos::components
