#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/expect_error.h"
#include "graph/tiny_model.h"
#include "graph/verify.h"

namespace lmos::test {
namespace {

using graph::Builder;
using graph::Graph;

TEST(Bind, ReplacesSymbolsInShapesAndAttributes) {
  const Graph symbolic = tiny_model({.symbolic = true, .segments = true});
  graph::verify(symbolic);
  const Graph bound = graph::bind(symbolic, {{"tokens", 12}, {"sequence", 6}});
  graph::verify(bound);
  EXPECT_TRUE(bound.symbols.empty());
  const Graph direct = tiny_model({.tokens = 12, .sequence = 6, .segments = true});
  ASSERT_EQ(bound.values.size(), direct.values.size());
  for (size_t id = 0; id < bound.values.size(); ++id) {
    EXPECT_EQ(bound.values[id].type, direct.values[id].type);
  }
  for (size_t i = 0; i < bound.nodes.size(); ++i) {
    EXPECT_EQ(bound.nodes[i].attributes, direct.nodes[i].attributes);
  }
}

TEST(Bind, NamesTheSymbolWithoutValue) {
  const Graph graph = tiny_model({.symbolic = true});
  expect_error(ErrorKind::kUsage, {"'tokens'", "no value"}, [&] {
    graph::bind(graph, {{"sequence", 6}});
  });
  expect_error(ErrorKind::kUsage, {"'tokens'", "at least 1"}, [&] {
    graph::bind(graph, {{"tokens", 0}, {"sequence", 6}});
  });
}

TEST(Bind, IgnoresASymbolThatNothingUses) {
  Graph graph;
  Builder b(graph);
  b.symbol("unused");
  b.input("x", {LMOS_F32, {b.symbol("tokens")}});
  EXPECT_EQ(graph::bind(graph, {{"tokens", 3}}).type(0).dims, std::vector<int64_t>{3});
}

TEST(Bind, ChecksWhatSymbolsLeftOpen) {
  const Graph graph = tiny_model({.symbolic = true});
  expect_error(ErrorKind::kInternal, {"attention", "multiple of sequence", "f32[10,4,4]"}, [&] {
    graph::bind(graph, {{"tokens", 10}, {"sequence", 6}});
  });

  Graph table;
  Builder b(table);
  const auto positions = b.input("positions", {LMOS_F32, {8, 4}});
  b.one("slice", {positions}, {{"axis", 0}, {"begin", 0}, {"end", b.symbol("tokens")}});
  EXPECT_EQ(graph::bind(table, {{"tokens", 5}}).type(1).dims, (std::vector<int64_t>{5, 4}));
  expect_error(ErrorKind::kInternal, {"slice", "f32[8,4]"}, [&] {
    graph::bind(table, {{"tokens", 9}});
  });
}

TEST(Bind, RefusesSizesThatOverflow) {
  const Graph graph = tiny_model({.symbolic = true});
  expect_error(ErrorKind::kInternal, {"reshape", "out of range"}, [&] {
    graph::bind(graph, {{"tokens", INT64_C(1) << 60}, {"sequence", 1}});
  });
  expect_error(ErrorKind::kInternal, {"f32[4611686018427387904]", "out of range"}, [&] {
    graph::TensorType{LMOS_F32, {INT64_C(1) << 62}}.bytes();
  });
}

}  // namespace
}  // namespace lmos::test
