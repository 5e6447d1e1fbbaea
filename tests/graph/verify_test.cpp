#include "graph/verify.h"

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/expect_error.h"
#include "graph/tiny_model.h"

namespace lmos::test {
namespace {

using graph::Graph;

// A legal graph to damage: node 0 is exp(x), node 1 is add(%1, x).
Graph legal() {
  Graph graph;
  graph::Builder b(graph);
  const auto x = b.input("x", {LMOS_F32, {2, 3}});
  b.output("y", b.add(b.one("exp", {x}), x));
  return graph;
}

TEST(Verify, AcceptsWhatTheBuilderMakes) {
  graph::verify(legal());
  graph::verify(tiny_model({}));
  graph::verify(
      tiny_model({.compute = LMOS_BF16, .symbolic = true, .segments = true, .dropout = true}));
}

TEST(Verify, FindsAnOperandOfALaterNode) {
  Graph graph = legal();
  std::swap(graph.nodes[0], graph.nodes[1]);
  graph.values[1].node = 1;
  graph.values[2].node = 0;
  expect_error(ErrorKind::kInternal, {"node 0, add", "operand a, %1 f32[2,3]", "later node 1"},
               [&] { graph::verify(graph); });
}

TEST(Verify, FindsATypeThatTheRuleDoesNotGive) {
  Graph graph = legal();
  graph.values[2].type.dtype = LMOS_F64;
  expect_error(ErrorKind::kInternal, {"node 1, add", "f64[2,3]", "f32[2,3]"},
               [&] { graph::verify(graph); });
}

TEST(Verify, FindsOperandsThatDoNotFit) {
  Graph graph = legal();
  graph.values[0].type.dims = {2, 4};
  expect_error(ErrorKind::kInternal, {"node 0, exp", "f32[2,4]"}, [&] { graph::verify(graph); });
}

TEST(Verify, FindsTwoDefinitions) {
  Graph graph = legal();
  graph.nodes[1].outputs[0] = 1;
  expect_error(ErrorKind::kInternal, {"%2", "not the output"}, [&] { graph::verify(graph); });
}

TEST(Verify, FindsUnlistedAndMislistedValues) {
  Graph graph = legal();
  graph.inputs.clear();
  expect_error(ErrorKind::kInternal, {"is not listed"}, [&] { graph::verify(graph); });
  graph = legal();
  graph.states.push_back(0);
  expect_error(ErrorKind::kInternal, {"states lists %0"}, [&] { graph::verify(graph); });
}

TEST(Verify, FindsAChangedInput) {
  Graph graph = legal();
  graph::Builder b(graph);
  const auto s = b.state("s", {LMOS_F32, {2, 3}});
  b.node("assign", std::vector{s, graph.inputs[0]});
  graph::verify(graph);
  graph.nodes[2].inputs[0] = graph.inputs[0];
  expect_error(ErrorKind::kInternal, {"node 2, assign", "changed in place"},
               [&] { graph::verify(graph); });
}

TEST(Verify, FindsBlocksAndOutputsThatDoNotExist) {
  Graph graph = legal();
  graph.nodes[1].block = 3;
  expect_error(ErrorKind::kInternal, {"node 1, add", "no block 3"}, [&] { graph::verify(graph); });
  graph = legal();
  graph.outputs.push_back({"z", 99});
  expect_error(ErrorKind::kInternal, {"output z"}, [&] { graph::verify(graph); });
}

}  // namespace
}  // namespace lmos::test
