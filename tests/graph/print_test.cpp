#include "graph/print.h"

#include <gtest/gtest.h>

#include "graph/builder.h"

namespace lmos::test {
namespace {

using graph::Builder;
using graph::Graph;
using graph::ValueId;

Graph small() {
  Graph graph;
  Builder b(graph);
  const ValueId x = b.input("x", {LMOS_BF16, {b.symbol("tokens"), 64}});
  const ValueId w = b.parameter(
      {.name = "norm.weight", .axes = {"embed"}, .init = graph::Init::kOnes}, {LMOS_F32, {64}});
  const ValueId p = b.parameter({.name = "proj.weight",
                                 .axes = {"mlp", "embed"},
                                 .init = graph::Init::kNormal,
                                 .init_scale = 0.02,
                                 .decay = true},
                                {LMOS_F32, {8, 64}});
  const ValueId s = b.state("count", {LMOS_F32, {}});
  b.begin_block("layer.0");
  const ValueId y = b.node("rms_norm", std::vector{x, w}, {{"epsilon", 1e-5}})[0];
  const ValueId z = b.one("linear", {y, b.cast(p, LMOS_BF16)});
  b.end_block();
  b.node("accumulate", std::vector{s, b.constant(1, {LMOS_F32, {}})});
  b.output("z", z);
  return graph;
}

TEST(Print, GivesALineANode) {
  EXPECT_EQ(print(small()),
            "input %0 x : bf16[tokens,64]\n"
            "parameter %1 norm.weight : f32[64] axes [embed] init ones\n"
            "parameter %2 proj.weight : f32[8,64] axes [mlp, embed] init normal 0.02 decay\n"
            "state %3 count : f32[]\n"
            "block layer.0\n"
            "  %4, %5 = rms_norm(%0, %1) {epsilon=1e-05} : bf16[tokens,64], f32[tokens]\n"
            "  %6 = cast(%2) {dtype=bf16} : bf16[8,64]\n"
            "  %7 = linear(%4, %6, _) {transposed=0} : bf16[tokens,8]\n"
            "%8 = constant() {dtype=f32, shape=[], values=[1]} : f32[]\n"
            "accumulate(%3, %8)\n"
            "output z = %7\n");
}

TEST(Print, NamesSymbolsOnlyWhereTheyAreKnown) {
  EXPECT_EQ(to_string(graph::TensorType{LMOS_F32, {LMOS_SYMBOL(1), 4}}), "f32[$1,4]");
}

TEST(PrintDot, MakesBlocksClusters) {
  const std::string dot = print_dot(small());
  EXPECT_NE(dot.find("subgraph cluster_0 {\n  label=\"layer.0\";"), std::string::npos) << dot;
  EXPECT_NE(dot.find("v0 -> n0;"), std::string::npos) << dot;
  EXPECT_NE(dot.find("n0 -> n2;"), std::string::npos) << dot;
  EXPECT_NE(dot.find("n2 -> o0;"), std::string::npos) << dot;
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '{'), std::count(dot.begin(), dot.end(), '}'));
}

}  // namespace
}  // namespace lmos::test
