#include "passes/recompute.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "autodiff/autodiff.h"
#include "graph/builder.h"
#include "graph/interpreter.h"
#include "graph/op.h"
#include "graph/tiny_model.h"
#include "graph/verify.h"
#include "passes/memory_plan.h"

namespace lmos::test {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::ValueId;

struct Trained {
  Graph graph;
  size_t first_backward;
};

Trained with_gradients(const TinyModel& options) {
  Trained result{tiny_model(options), 0};
  Graph& graph = result.graph;
  graph::Builder b(graph);
  const ValueId loss = graph.find_output("loss");
  const ValueId seed = b.constant(1, graph.type(loss));
  result.first_backward = graph.nodes.size();
  std::vector<ValueId> parameters;
  for (const graph::Parameter& parameter : graph.parameters) parameters.push_back(parameter.value);
  const auto gradients = autodiff::gradients(graph, loss, seed, parameters);
  for (size_t i = 0; i < gradients.size(); ++i)
    b.output("d " + graph.parameters[i].name, gradients[i]);
  return result;
}

TEST(Recompute, GivesTheSameGradientsBitForBit) {
  const Trained trained = with_gradients({.compute = LMOS_BF16, .segments = true, .dropout = true});
  const Graph lean = passes::recompute(trained.graph, trained.first_backward);
  graph::verify(lean);
  EXPECT_GT(lean.nodes.size(), trained.graph.nodes.size());
  const NamedTensors given = complete(trained.graph, {});
  const NamedTensors expected = interpret(trained.graph, given);
  const NamedTensors actual = interpret(lean, given);
  for (const auto& [name, tensor] : expected)
    EXPECT_EQ(actual.at(name).bytes, tensor.bytes) << name;
}

TEST(Recompute, LeavesOnlyWhatCrossesBlocksLiveBetweenForwardAndBackward) {
  const Trained trained = with_gradients({.layers = 3});
  const Graph lean = passes::recompute(trained.graph, trained.first_backward);
  // Forward nodes come first and are the same in both graphs.
  for (const graph::Node& node : lean.nodes) {
    const size_t index = static_cast<size_t>(&node - lean.nodes.data());
    if (index < trained.first_backward) continue;
    for (ValueId id : node.inputs) {
      if (id == kNoValue || lean.value(id).kind != graph::ValueKind::kNode) continue;
      const size_t producer = lean.value(id).node;
      if (producer >= trained.first_backward || lean.nodes[producer].block == graph::kNoBlock)
        continue;
      // Of each block, only its last sum.
      EXPECT_EQ(lean.nodes[producer].op->name, "add")
          << "node " << index << " reads node " << producer;
    }
  }
}

TEST(Recompute, NeedsLessMemoryTheMoreLayersThereAre) {
  const auto no_scratch = [](const Graph&, const graph::Node&) { return uint64_t{0}; };
  const auto peak = [&](int64_t layers, bool lean) {
    const Trained trained = with_gradients({.layers = layers, .tokens = 600});
    return passes::plan_memory(
               lean ? passes::recompute(trained.graph, trained.first_backward) : trained.graph,
               no_scratch)
        .use.peak();
  };
  const uint64_t full_layer = peak(8, false) - peak(7, false);
  const uint64_t lean_layer = peak(8, true) - peak(7, true);
  EXPECT_LT(lean_layer * 5, full_layer) << "what another layer costs";
}

TEST(Recompute, KeepsResultsThatCouldDiffer) {
  Graph graph;
  graph::Builder b(graph);
  const ValueId x = b.input("x", {LMOS_F32, {3}});
  const ValueId s = b.state("s", {LMOS_F32, {3}});
  b.begin_block("layer.0");
  const ValueId product = b.mul(x, b.one("exp", {s}));
  const ValueId y = b.one("sin", {product});
  b.end_block();
  b.node("assign", std::vector{s, x});
  const size_t first_backward = graph.nodes.size();
  const ValueId dx = autodiff::gradients(graph, y, x, std::vector{x})[0];
  b.output("dx", dx);
  const Graph lean = passes::recompute(graph, first_backward);
  graph::verify(lean);
  EXPECT_EQ(
      std::ranges::count_if(lean.nodes, [](const auto& node) { return node.op->name == "exp"; }), 1)
      << "the state has changed since";
  const NamedTensors given = complete(graph, {});
  EXPECT_EQ(interpret(lean, given).at("dx").bytes, interpret(graph, given).at("dx").bytes);
}

}  // namespace
}  // namespace lmos::test
