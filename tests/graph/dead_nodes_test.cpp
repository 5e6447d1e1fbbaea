#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/print.h"
#include "graph/verify.h"
#include "passes/eliminate_dead.h"

namespace lmos::test {
namespace {

TEST(EliminateDead, KeepsWhatOutputsAndStatesNeed) {
  graph::Graph graph;
  graph::Builder b(graph);
  const auto x = b.input("x", {LMOS_F32, {4}});
  const auto s = b.state("s", {LMOS_F32, {4}});
  b.begin_block("layer.0");
  const auto y = b.one("exp", {x});
  b.one("sin", {y});
  b.end_block();
  b.node("accumulate", std::vector{s, b.one("cos", {x})});
  b.one("log", {b.one("sqrt", {x})});
  b.output("y", y);
  const graph::Graph lean = passes::eliminate_dead(graph);
  graph::verify(lean);
  EXPECT_EQ(print(lean),
            "input %0 x : f32[4]\n"
            "state %1 s : f32[4]\n"
            "block layer.0\n"
            "  %2 = exp(%0) : f32[4]\n"
            "%3 = cos(%0) : f32[4]\n"
            "accumulate(%1, %3)\n"
            "output y = %2\n");
}

}  // namespace
}  // namespace lmos::test
