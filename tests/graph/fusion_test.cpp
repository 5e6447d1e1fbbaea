// Fused graphs have the coarse ops, and compute what they computed before.
#include <gtest/gtest.h>

#include <algorithm>

#include "autodiff/autodiff.h"
#include "graph/builder.h"
#include "graph/interpreter.h"
#include "graph/op.h"
#include "graph/print.h"
#include "graph/tiny_model.h"
#include "graph/verify.h"
#include "passes/fuse.h"

namespace lmos::test {
namespace {

using graph::Builder;
using graph::Graph;
using graph::ValueId;

bool all(const Graph&, const graph::Node&) { return true; }
bool none(const Graph&, const graph::Node&) { return false; }

size_t count(const Graph& graph, std::string_view op) {
  return static_cast<size_t>(std::ranges::count_if(
      graph.nodes, [&](const graph::Node& node) { return node.op->name == op; }));
}

std::vector<std::string> ops(const Graph& graph) {
  std::vector<std::string> names;
  for (const graph::Node& node : graph.nodes) names.emplace_back(node.op->name);
  return names;
}

// Σ loss · scale and its gradients, where `scale` is an input: what a training step does.
Graph training_graph(const TinyModel& options) {
  Graph graph = tiny_model(options);
  Builder b(graph);
  const ValueId loss = graph.find_output("loss");
  const ValueId scale = b.input("scale", {LMOS_F32, {}});
  const ValueId total = b.mul(b.reduce_sum(loss, {0}, false), scale);
  std::vector<ValueId> parameters;
  for (const graph::Parameter& parameter : graph.parameters) parameters.push_back(parameter.value);
  const ValueId seed = b.constant(1, {LMOS_F32, {}});
  const auto gradients = autodiff::gradients(graph, total, seed, parameters);
  for (size_t i = 0; i < gradients.size(); ++i) {
    b.output("gradient of " + graph.parameters[i].name, gradients[i]);
  }
  return graph;
}

void expect_same_results(const Graph& before, const Graph& after, double tolerance) {
  graph::verify(after);
  const NamedTensors given = complete(before, {});
  const NamedTensors expected = interpret(before, given);
  const NamedTensors actual = interpret(after, given);
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    const auto a = values_of(actual.at(name));
    const auto e = values_of(tensor);
    for (size_t i = 0; i < e.size(); ++i) ASSERT_NEAR(a[i], e[i], tolerance) << name << " " << i;
  }
}

TEST(Fuse, FusesATrainingGraphAndKeepsItsResults) {
  const Graph graph = training_graph({});
  const Graph fused = passes::fuse(graph, all);
  // Each layer's two adds are followed by a norm: its own second, and the next layer's first or the
  // last.
  EXPECT_EQ(count(fused, "add_rms_norm"), 4u);
  EXPECT_EQ(count(fused, "rms_norm"), 1u);
  EXPECT_EQ(count(fused, "linear_cross_entropy_step"), 1u);
  EXPECT_EQ(count(fused, "linear_cross_entropy"), 0u);
  EXPECT_EQ(count(fused, "linear_cross_entropy_grad"), 0u);
  expect_same_results(graph, fused, 1e-5);
}

TEST(Fuse, ChangesNothingThatTheBackendDoesNotSupport) {
  const Graph graph = training_graph({});
  EXPECT_EQ(ops(passes::fuse(graph, none)), ops(graph));
}

TEST(Fuse, AsksAboutTheTypesOfTheFusedNode) {
  const Graph graph = training_graph({});
  std::vector<std::string> asked;
  passes::fuse(graph, [&](const Graph& trial, const graph::Node& node) {
    asked.push_back(print(trial, node));
    return false;
  });
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(
      asked[0],
      "%3, %4, %5 = add_rms_norm(%0, %1, %2) {epsilon=1e-05} : f32[12,8], f32[12,8], f32[12]");
}

struct FuseAddRmsNorm : testing::Test {
  Graph graph;
  Builder b{graph};
  ValueId x = b.input("x", {LMOS_F32, {2, 4}});
  ValueId r = b.input("r", {LMOS_F32, {2, 4}});
  ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {4}});

  ValueId norm(ValueId v, ValueId weight) {
    return b.node("rms_norm", std::vector{v, weight}, {{"epsilon", 1e-5}})[0];
  }
  // The ops of the fused graph, in order, after checking its results.
  std::vector<std::string> fused_ops() {
    const Graph fused = passes::fuse_add_rms_norm(graph, all);
    expect_same_results(graph, fused, 1e-6);
    return ops(fused);
  }
};

using Ops = std::vector<std::string>;

TEST_F(FuseAddRmsNorm, StandsAtTheAddWhereTheSumIsUsedBefore) {
  const ValueId sum = b.add(x, r);
  b.output("sine", b.one("sin", {sum}));
  b.output("norm", norm(sum, w));
  EXPECT_EQ(fused_ops(), (Ops{"add_rms_norm", "sin"}));
}

TEST_F(FuseAddRmsNorm, WaitsForAWeightThatIsComputedLater) {
  const ValueId sum = b.add(x, r);
  b.output("norm", norm(sum, b.one("exp", {w})));
  EXPECT_EQ(fused_ops(), (Ops{"exp", "add_rms_norm"}));
}

TEST_F(FuseAddRmsNorm, StaysApartWhereNoPlaceDoes) {
  const ValueId sum = b.add(x, r);
  b.output("sine", b.one("sin", {sum}));
  b.output("norm", norm(sum, b.one("exp", {w})));
  EXPECT_EQ(fused_ops(), (Ops{"add", "sin", "exp", "rms_norm"}));
}

TEST_F(FuseAddRmsNorm, FusesOneOfTwoNormsOfASum) {
  const ValueId sum = b.add(x, r);
  b.output("first", norm(sum, w));
  b.output("second", norm(sum, w));
  EXPECT_EQ(fused_ops(), (Ops{"add_rms_norm", "rms_norm"}));
}

TEST_F(FuseAddRmsNorm, ReadsTheWeightWhereItWasRead) {
  const ValueId sum = b.add(x, r);
  b.output("sine", b.one("sin", {sum}));
  b.node("assign", std::vector{w, b.constant(2, {LMOS_F32, {4}})});
  b.output("norm", norm(sum, w));
  EXPECT_EQ(fused_ops(), (Ops{"add", "sin", "constant", "assign", "rms_norm"}));
}

// linear_cross_entropy with its gradient for a cotangent that the test makes.
struct FuseStep : testing::Test {
  Graph graph;
  Builder b{graph};
  ValueId x = b.input("x", {LMOS_F32, {5, 4}});
  ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {7, 4}});
  ValueId labels = b.input("labels", {LMOS_I32, {5}});
  std::vector<ValueId> forward;

  void emit_forward() {
    forward = b.node("linear_cross_entropy", std::vector{x, w, labels}, {{"ignore", 1}});
    b.output("loss", forward[0]);
  }
  void emit_backward(ValueId dloss) {
    const auto gradients = b.node("linear_cross_entropy_grad",
                                  std::vector{dloss, x, w, labels, forward[1]}, {{"ignore", 1}});
    b.output("dx", gradients[0]);
    b.output("dw", gradients[1]);
  }
  bool fuses() {
    const Graph fused = passes::fuse_linear_cross_entropy_step(graph, all);
    expect_same_results(graph, fused, 1e-6);
    return count(fused, "linear_cross_entropy_step") == 1;
  }
};

TEST_F(FuseStep, MovesTheScalarsComputationBeforeTheStep) {
  const ValueId tokens = b.input("tokens", {LMOS_F32, {}});
  emit_forward();
  emit_backward(b.broadcast(b.reshape(b.div(b.constant(1, {LMOS_F32, {}}), tokens), {1}), {5}));
  EXPECT_TRUE(fuses());
}

TEST_F(FuseStep, StaysApartWhereTokensHaveTheirOwnWeights) {
  const ValueId weights = b.input("weights", {LMOS_F32, {5}});
  emit_forward();
  emit_backward(weights);
  EXPECT_FALSE(fuses());
}

TEST_F(FuseStep, StaysApartWhereTheScalarDependsOnTheLoss) {
  emit_forward();
  emit_backward(b.broadcast(b.reduce_sum(forward[0], {0}, false), {5}));
  EXPECT_FALSE(fuses());
}

TEST_F(FuseStep, StaysApartWhereSomethingElseReadsLse) {
  emit_forward();
  b.output("lse", forward[1]);
  emit_backward(b.constant(1, {LMOS_F32, {5}}));
  EXPECT_FALSE(fuses());
}

TEST_F(FuseStep, StaysApartWhereTheWeightChangesBetween) {
  const ValueId scale = b.input("scale", {LMOS_F32, {}});
  emit_forward();
  b.node("assign", std::vector{w, b.constant(2, {LMOS_F32, {7, 4}})});
  emit_backward(b.broadcast(scale, {5}));
  EXPECT_FALSE(fuses());
}

// The sum of pads of x, y and z, [2,3] each, along axis 1 into [2,`dim`], placed at `begins`.
Graph sum_of_pads(const std::vector<int64_t>& begins, int64_t dim) {
  Graph graph;
  Builder b(graph);
  ValueId sum = graph::kNoValue;
  for (size_t i = 0; i < begins.size(); ++i) {
    const ValueId part = b.one("neg", {b.input("x" + std::to_string(i), {LMOS_F32, {2, 3}})});
    const ValueId padded =
        b.one("pad", {part}, {{"axis", 1L}, {"before", begins[i]}, {"after", dim - 3 - begins[i]}});
    sum = i == 0 ? padded : b.add(sum, padded);
  }
  b.output("sum", sum);
  return graph;
}

TEST(FuseConcat, JoinsPadsThatFollowOneAnother) {
  const Graph graph = sum_of_pads({3, 0, 6}, 9);
  const Graph fused = passes::fuse_concat(graph, all);
  EXPECT_EQ(ops(fused), (std::vector<std::string>{"neg", "neg", "neg", "concat"}));
  expect_same_results(graph, fused, 0);
}

TEST(FuseConcat, KeepsPadsThatLeaveAGapOrOverlap) {
  for (const auto& begins : {std::vector<int64_t>{0, 6}, {0, 2, 6}, {3, 6}})
    EXPECT_EQ(count(passes::fuse_concat(sum_of_pads(begins, 9), all), "concat"), 0);
}

TEST(FuseReducedCasts, SumsBf16InF32WithoutTheCast) {
  Graph graph;
  Builder b(graph);
  const ValueId x = b.one("neg", {b.input("x", {LMOS_BF16, {5, 3}})});
  b.output("sum", b.reduce_sum(b.cast(x, LMOS_F32), {0}, false));
  const Graph fused = passes::fuse_reduced_casts(graph, all);
  EXPECT_EQ(ops(fused), (std::vector<std::string>{"neg", "reduce_sum"}));
  expect_same_results(graph, fused, 1e-6);
  EXPECT_EQ(ops(passes::fuse_reduced_casts(graph, none)), ops(graph));
}

}  // namespace
}  // namespace lmos::test
