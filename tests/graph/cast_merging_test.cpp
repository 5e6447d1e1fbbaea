#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/op.h"
#include "graph/verify.h"
#include "passes/merge_casts.h"

namespace lmos::test {
namespace {

struct MergeCasts : testing::Test {
  graph::Graph graph;
  graph::Builder b{graph};
  graph::ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {4}});

  size_t casts_left() const {
    const graph::Graph merged = passes::merge_casts(graph);
    graph::verify(merged);
    size_t count = 0;
    for (const graph::Node& node : merged.nodes) count += node.op->name == "cast";
    return count;
  }
};

TEST_F(MergeCasts, KeepsOneForEachDtype) {
  b.output("sum", b.add(b.cast(w, LMOS_BF16), b.cast(w, LMOS_BF16)));
  b.output("wide", b.cast(w, LMOS_F64));
  EXPECT_EQ(casts_left(), 2u);
}

TEST_F(MergeCasts, SeesTheNewValueAfterAChange) {
  b.output("before", b.cast(w, LMOS_BF16));
  b.node("assign", std::vector{w, b.constant(1, {LMOS_F32, {4}})});
  b.output("after", b.cast(w, LMOS_BF16));
  b.output("after_again", b.cast(w, LMOS_BF16));
  EXPECT_EQ(casts_left(), 2u);
}

}  // namespace
}  // namespace lmos::test
