// Which weights are quantised, and how the nodes that read them are fused.
#include <gtest/gtest.h>

#include <algorithm>

#include "errors/error.h"
#include "graph/builder.h"
#include "graph/op.h"
#include "graph/verify.h"
#include "passes/fuse.h"
#include "passes/quantize_weights.h"

namespace lmos::test {
namespace {

using graph::Builder;
using graph::Graph;
using graph::ValueId;

ValueId parameter(Builder& b, std::string name, std::vector<int64_t> dims) {
  graph::Parameter description;
  description.name = std::move(name);
  return b.parameter(description, {LMOS_BF16, std::move(dims)});
}

std::vector<std::string> op_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const graph::Node& node : graph.nodes) names.emplace_back(node.op->name);
  return names;
}

lmos_dtype dtype_of(const Graph& graph, std::string_view name) {
  const graph::Parameter* found = graph.find_parameter(name);
  return found == nullptr ? 0 : graph.type(found->value).dtype;
}

TEST(QuantizeWeights, TakesTheMatricesOfProductsAlone) {
  Graph graph;
  Builder b(graph);
  const ValueId ids = b.input("ids", {LMOS_I32, {3}});
  const ValueId table = parameter(b, "table", {10, 8});
  const ValueId bias = parameter(b, "bias", {6});
  const ValueId x = b.one("gather_rows", {table, ids});
  const ValueId up = b.one("linear", {x, parameter(b, "up", {6, 8}), bias});
  const ValueId down =
      b.one("linear", {up, parameter(b, "down", {6, 8})}, {{"transposed", int64_t{1}}});
  b.output("logits", b.one("linear", {down, table}));

  const Graph quantized = passes::quantize_weights(graph, LMOS_I8);
  graph::verify(quantized);
  EXPECT_EQ(op_names(quantized), (std::vector<std::string>{"gather_rows", "linear_quantized",
                                                           "linear_quantized", "linear"}));
  EXPECT_EQ(dtype_of(quantized, "up"), LMOS_I8);
  EXPECT_EQ(dtype_of(quantized, "table"), LMOS_BF16) << "an embedding, though the head reads it";
  EXPECT_EQ(dtype_of(quantized, "bias"), LMOS_BF16);
  const graph::Parameter& weight = *quantized.find_parameter("down");
  EXPECT_TRUE(weight.transposed);
  EXPECT_EQ(quantized.type(weight.value).dims, (std::vector<int64_t>{8, 6}));
  const graph::Parameter& scale = *quantized.find_parameter(passes::scale_name("down"));
  EXPECT_EQ(scale.part_of, "down");
  EXPECT_EQ(quantized.type(scale.value), (graph::TensorType{LMOS_F32, {8}}));
}

TEST(QuantizeWeights, FuseAsOtherWeightsDo) {
  Graph graph;
  Builder b(graph);
  const ValueId x = b.input("x", {LMOS_BF16, {1, 16}});
  const auto norm = [&](const char* name, ValueId of) {
    return b.node("rms_norm", std::vector{of, parameter(b, name, {16})}, {{"epsilon", 1e-5}})[0];
  };
  const ValueId first = norm("norm", x);
  const ValueId q = b.one("linear", {first, parameter(b, "q", {16, 16})});
  const ValueId k = b.one("linear", {first, parameter(b, "k", {16, 16})});
  const ValueId sum = b.add(x, b.one("linear", {b.mul(q, k), parameter(b, "o", {16, 16})}));
  const ValueId second = norm("norm2", sum);
  const ValueId gate = b.one("linear", {second, parameter(b, "gate", {32, 16})});
  const ValueId up = b.one("linear", {second, parameter(b, "up", {32, 16})});
  b.output("y", b.one("swiglu", {gate, up}));
  const Graph fused = passes::fuse(passes::quantize_weights(graph, LMOS_F8_E4M3),
                                   [](const Graph&, const graph::Node&) { return true; });
  graph::verify(fused);
  EXPECT_EQ(op_names(fused),
            (std::vector<std::string>{"rms_norm_linear", "mul", "linear_add", "rms_norm_swiglu"}));
}

TEST(QuantizeWeights, AScaleGoesWithQuantisedWeightsOnly) {
  Graph graph;
  Builder b(graph);
  const ValueId x = b.input("x", {LMOS_BF16, {1, 16}}), r = b.input("r", {LMOS_BF16, {1, 4}});
  const ValueId w = b.input("w", {LMOS_BF16, {4, 16}}), q = b.input("q", {LMOS_I8, {4, 16}});
  const ValueId scale = b.input("scale", {LMOS_F32, {4}});
  EXPECT_NO_THROW(b.one("linear_add", {x, w, r}));
  EXPECT_NO_THROW(b.one("linear_add", {x, q, r, graph::kNoValue, scale}));
  EXPECT_THROW(b.one("linear_add", {x, q, r}), Error);
  EXPECT_THROW(b.one("linear_add", {x, w, r, graph::kNoValue, scale}), Error);
  EXPECT_THROW(b.one("linear_quantized", {x, w, scale}), Error);
}

}  // namespace
}  // namespace lmos::test
