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

// What a backend supports that fuses products with what stands around them only for a few rows.
bool many_rows(const Graph&, const graph::Node& node) { return node.op->name != "linear_add"; }

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
  const Graph fused = passes::fuse(graph, many_rows);
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
  passes::fuse_add_norm(graph, [&](const Graph& trial, const graph::Node& node) {
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
    const Graph fused = passes::fuse_add_norm(graph, all);
    expect_same_results(graph, fused, 1e-6);
    return ops(fused);
  }
};

using Ops = std::vector<std::string>;

struct FuseProducts : testing::Test {
  Graph graph;
  Builder b{graph};
  ValueId x = b.input("x", {LMOS_F32, {2, 4}});
  ValueId norm = b.parameter({.name = "norm"}, {LMOS_F32, {4}});
  ValueId u = b.parameter({.name = "u"}, {LMOS_F32, {4, 4}});
  ValueId v = b.parameter({.name = "v"}, {LMOS_F32, {4, 4}});

  std::vector<ValueId> normalized() {
    return b.node("rms_norm", std::vector{x, norm}, {{"epsilon", 1e-5}});
  }
  Ops fused_ops() {
    const Graph fused = passes::fuse(graph, all);
    expect_same_results(graph, fused, 1e-6);
    return ops(fused);
  }
};

TEST_F(FuseProducts, TakesTheResidualOnEitherSide) {
  const ValueId sum = b.add(x, b.one("linear", {x, u}));
  b.output("y", b.add(b.one("linear", {sum, v, norm}), sum));
  EXPECT_EQ(fused_ops(), (Ops{"linear_add", "linear_add"}));
}

TEST_F(FuseProducts, LeavesAProductThatIsReadElsewhere) {
  const ValueId product = b.one("linear", {x, u});
  b.output("sum", b.add(x, product));
  b.output("product", b.one("sin", {product}));
  EXPECT_EQ(fused_ops(), (Ops{"linear", "add", "sin"}));
}

TEST_F(FuseProducts, LeavesTransposedWeights) {
  b.output("y", b.add(x, b.one("linear", {x, u}, {{"transposed", int64_t{1}}})));
  EXPECT_EQ(fused_ops(), (Ops{"linear", "add"}));
}

TEST_F(FuseProducts, ReadsTheWeightWhereItWasRead) {
  const ValueId product = b.one("linear", {x, u});
  b.node("assign", std::vector{u, b.constant(2, {LMOS_F32, {4, 4}})});
  b.output("y", b.add(x, product));
  EXPECT_EQ(fused_ops(), (Ops{"linear", "constant", "assign", "add"}));
}

TEST_F(FuseProducts, TakesTheNormIntoAllItsProducts) {
  const ValueId y = normalized()[0];
  b.output("first", b.one("linear", {y, u}));
  b.output("second", b.one("sin", {b.one("linear", {y, v})}));
  EXPECT_EQ(fused_ops(), (Ops{"rms_norm_linear", "sin"}));
}

TEST_F(FuseProducts, TakesSwigluToo) {
  const ValueId y = normalized()[0];
  const ValueId up = b.one("linear", {y, u});
  b.output("y", b.one("swiglu", {b.one("linear", {y, v}), up}));
  EXPECT_EQ(fused_ops(), (Ops{"rms_norm_swiglu"}));
}

TEST_F(FuseProducts, KeepsTheProductsThatSwigluSharesApart) {
  const ValueId y = normalized()[0];
  const ValueId gate = b.one("linear", {y, u});
  b.output("y", b.one("swiglu", {gate, b.one("linear", {y, v})}));
  b.output("gate", b.one("sin", {gate}));
  EXPECT_EQ(fused_ops(), (Ops{"rms_norm_linear", "swiglu", "sin"}));
}

TEST_F(FuseProducts, LeavesANormThatIsReadElsewhere) {
  const auto y = normalized();
  b.output("product", b.one("linear", {y[0], u}));
  b.output("rstd", b.one("sin", {y[1]}));
  EXPECT_EQ(fused_ops(), (Ops{"rms_norm", "linear", "sin"}));
}

TEST_F(FuseProducts, LeavesProductsWithBiases) {
  b.output("product", b.one("linear", {normalized()[0], u, norm}));
  EXPECT_EQ(fused_ops(), (Ops{"rms_norm", "linear"}));
}

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

TEST(FuseAddNorm, JoinsASumWithItsLayerNorm) {
  Graph graph;
  Builder b(graph);
  const ValueId x = b.input("x", {LMOS_F32, {2, 4}}), r = b.input("r", {LMOS_F32, {2, 4}});
  const ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {4}});
  const ValueId bias = b.parameter({.name = "b"}, {LMOS_F32, {4}});
  const ValueId sum = b.add(x, r);
  const auto norm = b.node("layer_norm", std::vector{sum, w, bias}, {{"epsilon", 1e-5}});
  b.output("y", norm[0]);
  b.output("mean", norm[1]);
  b.output("sum", sum);
  const Graph fused = passes::fuse_add_norm(graph, all);
  EXPECT_EQ(ops(fused), Ops{"add_layer_norm"});
  expect_same_results(graph, fused, 1e-6);
}

// layer_norm_grad whose dx is added to `earlier`, which is computed before, or after.
Graph norm_grad_sum(bool earlier, bool read_twice) {
  Graph graph;
  Builder b(graph);
  const ValueId x = b.input("x", {LMOS_F32, {2, 4}}), dy = b.input("dy", {LMOS_F32, {2, 4}});
  const ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {4}});
  const auto forward = b.node("layer_norm", std::vector{x, w, w}, {{"epsilon", 1e-5}});
  ValueId d = earlier ? b.one("sin", {dy}) : graph::kNoValue;
  const auto gradients = b.node("layer_norm_grad", std::vector{dy, x, w, forward[1], forward[2]});
  if (!earlier) d = b.one("sin", {dy});
  const ValueId dx = b.add(d, gradients[0]);
  b.output("dx", dx);
  b.output("dbias", b.reduce_sum(dx, {0}, false));
  b.output("dw", gradients[1]);
  if (read_twice) b.output("own", gradients[0]);
  return graph;
}

struct FuseMatmulAdd : testing::Test {
  Graph graph;
  Builder b{graph};
  ValueId x = b.input("x", {LMOS_F32, {6, 4}}), z = b.input("z", {LMOS_F32, {6, 3}});
  ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {4, 5}});
  ValueId v = b.parameter({.name = "v"}, {LMOS_F32, {5, 3}});

  ValueId first() { return b.node("matmul", std::vector{x, w})[0]; }
  ValueId second() { return b.node("matmul", std::vector{z, v}, {{"transpose_b", int64_t{1}}})[0]; }
  std::vector<std::string> fused_ops() {
    const Graph fused = passes::fuse_matmul_add(graph, all);
    expect_same_results(graph, fused, 1e-6);
    return ops(fused);
  }
};

TEST_F(FuseMatmulAdd, TheLaterOfTwoProductsTakesTheOtherIn) {
  const ValueId one = first();
  b.output("y", b.add(second(), one));
  EXPECT_EQ(fused_ops(), (Ops{"matmul", "matmul_add"}));
}

TEST_F(FuseMatmulAdd, KeepsAProductThatIsReadElsewhere) {
  const ValueId one = first(), two = second();
  b.output("y", b.add(one, two));
  b.output("two", two);
  EXPECT_EQ(fused_ops(), (Ops{"matmul", "matmul_add"}));
  const Graph fused = passes::fuse_matmul_add(graph, all);
  EXPECT_EQ(fused.nodes.back().attributes.integer("transpose_b"), 0);  // of the first
}

TEST_F(FuseMatmulAdd, StaysApartWhereAWeightChangesBetween) {
  const ValueId one = first();
  b.node("assign", std::vector{w, b.constant(1, {LMOS_F32, {4, 5}})});
  b.output("y", b.add(one, b.one("exp", {one})));
  EXPECT_EQ(std::ranges::count(fused_ops(), "matmul_add"), 0);
}

TEST(FuseNormGradSum, TakesTheSumIntoTheGradient) {
  const Graph graph = norm_grad_sum(true, false);
  const Graph fused = passes::fuse_norm_grad_sum(graph, all);
  EXPECT_EQ(ops(fused), (Ops{"layer_norm", "sin", "layer_norm_grad"}));
  expect_same_results(graph, fused, 1e-6);
}

TEST(FuseNormGradSum, StaysApartWhereItCantStandOrIsReadTwice) {
  for (const Graph& graph : {norm_grad_sum(false, false), norm_grad_sum(true, true)})
    EXPECT_EQ(ops(passes::fuse_norm_grad_sum(graph, all)), ops(graph));
}

TEST(FuseGelu, JoinsAGeluWithTheLinearBeforeItAndWithTheProductAfterItsGradient) {
  Graph graph;
  Builder b(graph);
  const ValueId x = b.input("x", {LMOS_F32, {3, 4}}), dy = b.input("dy", {LMOS_F32, {3, 5}});
  const ValueId up = b.parameter({.name = "up"}, {LMOS_F32, {6, 4}});
  const ValueId bias = b.parameter({.name = "bias"}, {LMOS_F32, {6}});
  const ValueId down = b.parameter({.name = "down"}, {LMOS_F32, {5, 6}});
  const graph::Attributes form = {{"approximate", 1L}};
  const ValueId h = b.one("linear", {x, up, bias});
  b.output("y", b.one("gelu", {h}, form));
  b.output("dh", b.one("gelu_grad", {b.one("matmul", {dy, down}), h}, form));
  const Graph fused = passes::fuse_matmul_gelu_grad(passes::fuse_linear_gelu(graph, all), all);
  EXPECT_EQ(ops(fused), (Ops{"linear_gelu", "matmul_gelu_grad"}));
  expect_same_results(graph, fused, 1e-5);
}

TEST(FuseGelu, KeepsAProductThatIsReadElsewhereOrWhoseWeightChanges) {
  for (const bool changes : {false, true}) {
    Graph graph;
    Builder b(graph);
    const ValueId dy = b.input("dy", {LMOS_F32, {3, 5}}), h = b.input("h", {LMOS_F32, {3, 6}});
    const ValueId down = b.parameter({.name = "down"}, {LMOS_F32, {5, 6}});
    const ValueId product = b.one("matmul", {dy, down});
    if (changes) b.node("assign", std::vector{down, b.constant(2, {LMOS_F32, {5, 6}})});
    b.output("dh", b.one("gelu_grad", {product, h}));
    if (!changes) b.output("product", product);
    EXPECT_EQ(ops(passes::fuse_matmul_gelu_grad(graph, all)), ops(graph));
  }
}

// Attention over parts of one value, and its gradient as autodiff emits it.
Graph attention_of_parts(bool in_order) {
  constexpr int64_t kTokens = 6, kHeads = 4, kKvHeads = 2, kDim = 3;
  Graph graph;
  Builder b(graph);
  const ValueId x = b.input("x", {LMOS_F32, {kTokens, (kHeads + 2 * kKvHeads) * kDim}});
  const ValueId segments = b.input("segments", {LMOS_I32, {kTokens}});
  const ValueId qkv = b.one("sin", {x});
  const auto part = [&](int64_t first, int64_t heads) {
    const ValueId cut = b.one(
        "slice", {qkv}, {{"axis", 1L}, {"begin", first * kDim}, {"end", (first + heads) * kDim}});
    return b.reshape(cut, {kTokens, heads, kDim});
  };
  const ValueId q = part(0, kHeads);
  const ValueId k = part(in_order ? kHeads : kHeads + kKvHeads, kKvHeads);
  const ValueId v = part(in_order ? kHeads + kKvHeads : kHeads, kKvHeads);
  const ValueId y = b.node("attention", std::vector{q, k, v, segments, graph::kNoValue},
                           {{"scale", 0.5}, {"causal", 1L}, {"sequence", 3L}})[0];
  b.output("y", y);
  const ValueId dy = b.input("dy", graph.type(y));
  const std::vector wrt{x};
  b.output("dx", autodiff::gradients(graph, y, dy, wrt)[0]);
  return graph;
}

TEST(FusePackedAttention, ReadsAndWritesPartsInPlace) {
  const Graph graph = attention_of_parts(true);
  const Graph fused = passes::fuse_packed_attention(passes::fuse_concat(graph, all), all);
  EXPECT_EQ(count(fused, "packed_attention"), 1u);
  EXPECT_EQ(count(fused, "packed_attention_grad"), 1u);
  for (const char* op : {"slice", "pad", "concat", "attention", "attention_grad"})
    EXPECT_EQ(count(fused, op), 0u) << op;
  expect_same_results(graph, fused, 1e-5);
}

TEST(FusePackedAttention, KeepsPartsInAnotherOrder) {
  const Graph graph = passes::fuse_concat(attention_of_parts(false), all);
  EXPECT_EQ(ops(passes::fuse_packed_attention(graph, all)), ops(graph));
}

}  // namespace
}  // namespace lmos::test
