#include "autodiff/autodiff.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "graph/builder.h"
#include "graph/expect_error.h"
#include "graph/op.h"
#include "graph/verify.h"

namespace lmos::test {
namespace {

using graph::kNoValue;
using graph::ValueId;

struct Autodiff : testing::Test {
  graph::Graph graph;
  graph::Builder b{graph};

  std::vector<ValueId> gradients(ValueId loss, std::vector<ValueId> wrt) {
    const ValueId seed = b.constant(1, graph.type(loss));
    first_backward = graph.nodes.size();
    const auto result = autodiff::gradients(graph, loss, seed, wrt);
    graph::verify(graph);
    return result;
  }
  size_t emitted(std::string_view op) const {
    return static_cast<size_t>(
        std::count_if(graph.nodes.begin() + static_cast<long>(first_backward), graph.nodes.end(),
                      [&](const graph::Node& node) { return node.op->name == op; }));
  }
  const graph::Node& producer(ValueId id) const { return graph.nodes[graph.value(id).node]; }

  size_t first_backward = 0;
};

TEST_F(Autodiff, SumsContributions) {
  const ValueId x = b.input("x", {LMOS_F32, {3}});
  const auto dx = gradients(b.add(b.mul(x, x), b.one("exp", {x})), {x})[0];
  EXPECT_EQ(producer(dx).op->name, "add");
  EXPECT_EQ(emitted("add"), 2u) << "three contributions, two sums";
}

TEST_F(Autodiff, GivesNothingWhereNoPathLeads) {
  const ValueId x = b.input("x", {LMOS_F32, {3}});
  const ValueId y = b.input("y", {LMOS_F32, {3}});
  const ValueId after = b.one("exp", {y});
  const auto result = gradients(b.one("sin", {x}), {x, y, after});
  EXPECT_NE(result[0], kNoValue);
  EXPECT_EQ(result[1], kNoValue);
  EXPECT_EQ(result[2], kNoValue);
}

TEST_F(Autodiff, LeavesOtherPathsAlone) {
  const ValueId x = b.input("x", {LMOS_F32, {2, 3}});
  const ValueId w = b.input("w", {LMOS_F32, {4, 3}});
  gradients(b.one("linear", {b.one("exp", {x}), w}), {w});
  EXPECT_EQ(emitted("linear_weight_grad"), 1u);
  EXPECT_EQ(graph.nodes.size() - first_backward, 1u) << "dx is not wanted";
}

TEST_F(Autodiff, StopsAtIntegers) {
  const ValueId x = b.input("x", {LMOS_F32, {3}});
  const ValueId bound = b.constant(0, {LMOS_F32, {3}});
  const ValueId positive = b.one("less", {bound, x});
  const auto dx = gradients(b.mul(x, b.cast(positive, LMOS_F32)), {x})[0];
  EXPECT_EQ(producer(dx).op->name, "mul");
}

TEST_F(Autodiff, GivesTheSeedForTheLossItself) {
  const ValueId x = b.input("x", {LMOS_F32, {3}});
  const ValueId dx = gradients(x, {x})[0];
  EXPECT_EQ(producer(dx).op->name, "constant");
}

TEST_F(Autodiff, WritesWeightGradientsInF32WhereTheWeightIsStoredSo) {
  const ValueId x = b.input("x", {LMOS_BF16, {2, 3}});
  const ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {4, 3}});
  const ValueId dw = gradients(b.one("linear", {x, b.cast(w, LMOS_BF16)}), {w})[0];
  EXPECT_EQ(graph.type(dw).dtype, LMOS_F32);
  EXPECT_EQ(producer(dw).op->name, "linear_weight_grad");
  EXPECT_EQ(emitted("cast"), 0u);
}

TEST_F(Autodiff, KeepsWeightGradientsInTheDtypeOfANarrowWeight) {
  const ValueId x = b.input("x", {LMOS_BF16, {2, 3}});
  const ValueId w = b.parameter({.name = "w"}, {LMOS_BF16, {4, 3}});
  const ValueId dw = gradients(b.one("linear", {x, w}), {w})[0];
  EXPECT_EQ(graph.type(dw).dtype, LMOS_BF16);
}

TEST_F(Autodiff, SumsTheGradientsOfATiedEmbeddingInF32) {
  const ValueId ids = b.input("ids", {LMOS_I32, {2}});
  const ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {5, 4}});
  const ValueId narrow = b.cast(w, LMOS_BF16);
  const ValueId x = b.one("gather_rows", {narrow, ids});
  const auto loss = b.node("linear_cross_entropy", std::vector{x, narrow, ids}, {{"ignore", -100}});
  const ValueId dw = gradients(loss[0], {w})[0];
  EXPECT_EQ(graph.type(dw), (graph::TensorType{LMOS_F32, {5, 4}}));
  EXPECT_EQ(producer(dw).op->name, "add");
  EXPECT_EQ(emitted("cast"), 0u);
}

TEST_F(Autodiff, CastsANarrowContributionToAWideSum) {
  const ValueId x = b.input("x", {LMOS_BF16, {2, 3}});
  const ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {4, 3}});
  const ValueId narrow = b.cast(w, LMOS_BF16);
  const ValueId turned = b.transpose(narrow, {1, 0});
  const ValueId y = b.add(b.one("linear", {x, narrow}), b.one("matmul", {x, turned}));
  EXPECT_EQ(graph.type(gradients(y, {w})[0]).dtype, LMOS_F32);
}

TEST_F(Autodiff, PutsBackwardNodesInTheBlockOfTheirForwardNode) {
  const ValueId x = b.input("x", {LMOS_F32, {2, 3}});
  b.begin_block("layer.0");
  const ValueId h = b.one("exp", {x});
  b.end_block();
  b.begin_block("layer.1");
  const ValueId y = b.one("sin", {h});
  b.end_block();
  gradients(y, {x});
  std::vector<int32_t> blocks;
  for (size_t i = first_backward; i < graph.nodes.size(); ++i)
    blocks.push_back(graph.nodes[i].block);
  EXPECT_EQ(blocks, (std::vector<int32_t>{1, 1, 0}));
}

TEST_F(Autodiff, NamesTheOpThatIsNotDifferentiable) {
  const ValueId x = b.input("x", {LMOS_F32, {2, 3}});
  const ValueId n = b.node("global_norm", std::vector{x})[0];
  expect_error(ErrorKind::kInternal, {"node 0", "global_norm(%0)", "part of an optimizer"},
               [&] { gradients(n, {x}); });
}

TEST_F(Autodiff, RefusesALossThatReadsStatistics) {
  const ValueId x = b.input("x", {LMOS_F32, {2, 3}});
  const ValueId w = b.input("w", {LMOS_F32, {3}});
  const auto outputs = b.node("rms_norm", std::vector{x, w}, {{"epsilon", 1e-5}});
  expect_error(ErrorKind::kInternal, {"output rstd of rms_norm"},
               [&] { gradients(outputs[1], {x}); });
}

TEST_F(Autodiff, RefusesFrequenciesAsVariables) {
  const ValueId x = b.input("x", {LMOS_F32, {2, 1, 4}});
  const ValueId positions = b.input("positions", {LMOS_I32, {2}});
  const ValueId frequencies = b.input("frequencies", {LMOS_F32, {2}});
  const ValueId y = b.one("rope", {x, positions, frequencies});
  expect_error(ErrorKind::kInternal, {"rope", "operand frequencies"},
               [&] { gradients(y, {frequencies}); });
}

TEST_F(Autodiff, WantsASeedOfTheLosssType) {
  const ValueId x = b.input("x", {LMOS_F32, {3}});
  const ValueId seed = b.constant(1, {LMOS_F32, {}});
  expect_error(ErrorKind::kInternal, {"f32[3]", "f32[]"},
               [&] { autodiff::gradients(graph, x, seed, std::vector{x}); });
}

TEST_F(Autodiff, DifferentiatesOneHalfOfASplitNorm) {
  const ValueId x = b.input("x", {LMOS_F32, {2, 3}});
  const ValueId r = b.input("r", {LMOS_F32, {2, 3}});
  const ValueId w = b.input("w", {LMOS_F32, {3}});
  const auto outputs = b.node("add_rms_norm", std::vector{x, r, w}, {{"epsilon", 1e-5}});
  const auto result = gradients(outputs[0], {x, r, w});
  EXPECT_NE(result[0], kNoValue);
  EXPECT_EQ(result[0], result[1]);
  EXPECT_EQ(result[2], kNoValue) << "the sum does not depend on the weight";
}

}  // namespace
}  // namespace lmos::test
