#include "graph/builder.h"

#include <gtest/gtest.h>

#include "graph/expect_error.h"
#include "graph/op.h"

namespace lmos::test {
namespace {

using graph::Builder;
using graph::Graph;
using graph::ValueId;

struct BuilderTest : testing::Test {
  Graph graph;
  Builder b{graph};
};

TEST_F(BuilderTest, GivesTheSameParameterForTheSameName) {
  const ValueId w = b.parameter({.name = "w", .axes = {"vocab", "embed"}}, {LMOS_F32, {4, 3}});
  EXPECT_EQ(b.parameter({.name = "w"}, {LMOS_F32, {4, 3}}), w);
  expect_error(ErrorKind::kInternal, {"parameter w", "f32[4,3]", "f32[3,4]"}, [&] {
    b.parameter({.name = "w"}, {LMOS_F32, {3, 4}});
  });
  EXPECT_EQ(graph.parameters.size(), 1u);
}

TEST_F(BuilderTest, RefusesNamesGivenTwice) {
  b.input("x", {LMOS_F32, {2}});
  expect_error(ErrorKind::kInternal, {"named x already"}, [&] { b.state("x", {LMOS_F32, {2}}); });
  b.output("y", 0);
  expect_error(ErrorKind::kInternal, {"output named y already"}, [&] { b.output("y", 0); });
}

TEST_F(BuilderTest, RefusesTypesThatAreNone) {
  expect_error(ErrorKind::kInternal, {"dtype 99"}, [&] { b.input("x", {99, {2}}); });
  expect_error(ErrorKind::kInternal, {"x", "-3"}, [&] { b.input("x", {LMOS_F32, {-3}}); });
  expect_error(ErrorKind::kInternal, {"x"}, [&] { b.input("x", {LMOS_F32, {LMOS_SYMBOL(7)}}); });
  expect_error(ErrorKind::kInternal, {"rank 9"}, [&] {
    b.input("x", {LMOS_F32, std::vector<int64_t>(9, 1)});
  });
}

TEST_F(BuilderTest, RefusesUnknownOpsAndAttributes) {
  const ValueId x = b.input("x", {LMOS_F32, {2}});
  expect_error(ErrorKind::kInternal, {"no op named softplus"}, [&] { b.one("softplus", {x}); });
  expect_error(ErrorKind::kInternal, {"node 0, cast", "attribute dtype is absent"},
               [&] { b.one("cast", {x}); });
  expect_error(ErrorKind::kInternal, {"node 0, exp", "no attribute base"}, [&] {
    b.one("exp", {x}, {{"base", 2.0}});
  });
  expect_error(ErrorKind::kInternal, {"node 0, cast", "dtype must be an int"}, [&] {
    b.one("cast", {x}, {{"dtype", 1.5}});
  });
  expect_error(ErrorKind::kInternal, {"broadcast", "attribute shape has a symbol"}, [&] {
    b.one("broadcast", {x}, {{"shape", std::vector<int64_t>{LMOS_SYMBOL(3), 2}}});
  });
  EXPECT_TRUE(graph.nodes.empty()) << "a refused node leaves no trace";
  EXPECT_EQ(graph.values.size(), 1u);
}

TEST_F(BuilderTest, ChecksTheNumberOfOperands) {
  const ValueId x = b.input("x", {LMOS_F32, {2}});
  expect_error(ErrorKind::kInternal, {"node 0, add", "2 operands, not 1"},
               [&] { b.one("add", {x}); });
  expect_error(ErrorKind::kInternal, {"node 0, add", "operand b is absent"}, [&] {
    b.one("add", {x, graph::kNoValue});
  });
  expect_error(ErrorKind::kInternal, {"operand a is not a value"}, [&] { b.one("add", {7, x}); });
  expect_error(ErrorKind::kInternal, {"concat", "one operand or more"}, [&] {
    b.one("concat", {}, {{"axis", 0}});
  });
}

TEST_F(BuilderTest, CompletesOptionalOperandsAndZeroAttributes) {
  const ValueId x = b.input("x", {LMOS_F32, {2, 3}});
  const ValueId w = b.input("w", {LMOS_F32, {4, 3}});
  b.one("linear", {x, w});
  EXPECT_EQ(graph.nodes[0].inputs, (std::vector<ValueId>{x, w, graph::kNoValue}));
  b.one("matmul", {x, w}, {{"transpose_b", 1}});
  EXPECT_EQ(graph.nodes[1].attributes.integer("transpose_a"), 0);
}

TEST_F(BuilderTest, LetsOnlyParametersAndStatesChange) {
  const ValueId x = b.input("x", {LMOS_F32, {2}});
  const ValueId s = b.state("s", {LMOS_F32, {2}});
  expect_error(ErrorKind::kInternal, {"node 0, assign", "s is changed in place"}, [&] {
    b.node("assign", std::vector{x, s});
  });
  b.node("assign", std::vector{s, x});
}

TEST_F(BuilderTest, GivesNodesTheOpenBlock) {
  const ValueId x = b.input("x", {LMOS_F32, {2}});
  b.begin_block("layer.0");
  b.one("exp", {x});
  expect_error(ErrorKind::kInternal, {"layer.1", "layer.0", "do not nest"},
               [&] { b.begin_block("layer.1"); });
  b.end_block();
  b.one("exp", {x});
  expect_error(ErrorKind::kInternal, {"none has begun"}, [&] { b.end_block(); });
  EXPECT_EQ(graph.nodes[0].block, 0);
  EXPECT_EQ(graph.nodes[1].block, graph::kNoBlock);
}

TEST_F(BuilderTest, EmitsNothingWhereNothingChanges) {
  const ValueId x = b.input("x", {LMOS_F32, {2, 3}});
  EXPECT_EQ(b.cast(x, LMOS_F32), x);
  EXPECT_EQ(b.reshape(x, {2, 3}), x);
  EXPECT_EQ(b.broadcast(x, {2, 3}), x);
  EXPECT_EQ(b.transpose(x, {0, 1}), x);
  EXPECT_EQ(b.reduce_sum(x, {}, false), x);
  EXPECT_TRUE(graph.nodes.empty());
}

TEST_F(BuilderTest, GivesOneSymbolAName) {
  EXPECT_EQ(b.symbol("tokens"), LMOS_SYMBOL(0));
  EXPECT_EQ(b.symbol("slots"), LMOS_SYMBOL(1));
  EXPECT_EQ(b.symbol("tokens"), LMOS_SYMBOL(0));
}

}  // namespace
}  // namespace lmos::test
