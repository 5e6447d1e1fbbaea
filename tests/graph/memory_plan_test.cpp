#include "passes/memory_plan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "graph/builder.h"
#include "graph/expect_error.h"
#include "graph/op.h"
#include "passes/place_intervals.h"

namespace lmos::test {
namespace {

using graph::Builder;
using graph::Graph;
using graph::kNoValue;
using graph::ValueId;
using passes::kNoOffset;
using passes::MemoryPlan;

uint64_t no_scratch(const Graph&, const graph::Node&) { return 0; }

// A graph of `nodes` random nodes over [n, 4] matrices, with reshapes, several outputs a node and
// some graph outputs.
Graph random_graph(std::mt19937& random, int nodes) {
  Graph graph;
  Builder b(graph);
  std::vector<ValueId> values;
  const auto pick = [&] { return values[random() % values.size()]; };
  const ValueId weight = b.parameter({.name = "w"}, {LMOS_F32, {4}});
  for (int i = 0; i < 3; ++i) {
    values.push_back(
        b.input("x" + std::to_string(i), {LMOS_F32, {1 + static_cast<int64_t>(random() % 40), 4}}));
  }
  const ValueId state = b.state("s", {LMOS_F32, {2, 4}});
  for (int i = 0; i < nodes; ++i) {
    const ValueId x = pick();
    const int64_t rows = graph.type(x).dims[0];
    switch (random() % 6) {
      case 0:
        values.push_back(b.one("exp", {x}));
        break;
      case 1:
        values.push_back(b.add(x, x));
        break;
      case 2:
        values.push_back(b.reshape(b.reshape(x, {rows * 4}), {rows, 4}));
        break;
      case 3:
        values.push_back(b.one("concat", {x, pick()}, {{"axis", 0}}));
        if (graph.type(values.back()).dims[0] > 500) values.pop_back();
        break;
      case 4:
        values.push_back(b.node("rms_norm", std::vector{x, weight}, {{"epsilon", 1e-5}})[0]);
        break;
      default:
        values.push_back(b.one("slice", {x}, {{"axis", 0}, {"begin", 0}, {"end", (rows + 1) / 2}}));
        b.node("assign",
               std::vector{state,
                           b.broadcast(b.one("slice", {x}, {{"axis", 0}, {"begin", 0}, {"end", 1}}),
                                       {2, 4})});
        break;
    }
  }
  for (int i = 0; i < 3; ++i) b.output("y" + std::to_string(i), pick());
  return graph;
}

// Which value or scratch each byte of the arena holds, as execution goes: writing an output claims
// its bytes, and whoever is read must still hold all of its own.
class Arena {
 public:
  Arena(const Graph& graph, const MemoryPlan& plan, const passes::ScratchBytes& scratch)
      : graph_(graph), plan_(plan), scratch_(scratch), holder_(plan.arena_bytes, kNobody) {}

  void run() {
    for (size_t index = 0; index < graph_.nodes.size(); ++index) {
      const graph::Node& node = graph_.nodes[index];
      if (plan_.is_alias[index]) continue;
      // All that a node touches is claimed before any is checked, so that an output over an input
      // shows.
      for (ValueId id : node.outputs)
        claim(plan_.offsets[id], graph_.type(id).bytes(), plan_.storage[id]);
      claim(plan_.scratch_offsets[index], scratch_(graph_, node), kScratch);
      for (ValueId id : node.inputs) expect_held(id, index);
      for (ValueId id : node.outputs) expect_held(id, index);
      for (uint64_t byte = 0; byte < scratch_(graph_, node); ++byte) {
        ASSERT_EQ(holder_[plan_.scratch_offsets[index] + byte], kScratch);
      }
    }
    for (const graph::Output& output : graph_.outputs)
      expect_held(output.value, graph_.nodes.size());
  }

 private:
  static constexpr ValueId kNobody = kNoValue;
  static constexpr ValueId kScratch = kNoValue - 1;

  void claim(uint64_t offset, uint64_t bytes, ValueId who) {
    if (bytes == 0) return;
    ASSERT_EQ(offset % passes::kArenaAlignment, 0u);
    ASSERT_LE(offset + bytes, holder_.size());
    std::fill_n(holder_.begin() + static_cast<long>(offset), bytes, who);
  }

  void expect_held(ValueId id, size_t node) {
    if (id == kNoValue || graph_.value(id).kind != graph::ValueKind::kNode) return;
    for (uint64_t byte = 0; byte < graph_.type(id).bytes(); ++byte) {
      ASSERT_EQ(holder_[plan_.offsets[id] + byte], plan_.storage[id])
          << "%" << id << " at node " << node;
    }
  }

  const Graph& graph_;
  const MemoryPlan& plan_;
  const passes::ScratchBytes& scratch_;
  std::vector<ValueId> holder_;  // by byte
};

TEST(MemoryPlan, KeepsLiveValuesApartInRandomGraphs) {
  const passes::ScratchBytes scratch = [](const Graph& graph, const graph::Node& node) {
    return node.op->name == "exp" ? graph.type(node.inputs[0]).bytes() / 3 : uint64_t{0};
  };
  for (unsigned seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const Graph graph = random_graph(random, 5 + static_cast<int>(seed % 60));
    const MemoryPlan plan = passes::plan_memory(graph, scratch);
    Arena(graph, plan, scratch).run();
    EXPECT_GE(plan.arena_bytes, plan.use.peak());
    EXPECT_LE(plan.arena_bytes, plan.use.peak() * 3 / 2) << "far from the lower bound";
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

struct MemoryPlanTest : testing::Test {
  Graph graph;
  Builder b{graph};
  ValueId x = b.input("x", {LMOS_F32, {32, 4}});  // 512 bytes
};

TEST_F(MemoryPlanTest, ReusesTheMemoryOfDeadValues) {
  ValueId y = x;
  for (int i = 0; i < 10; ++i) y = b.one("exp", {y});
  b.output("y", y);
  const MemoryPlan plan = passes::plan_memory(graph, no_scratch);
  EXPECT_EQ(plan.arena_bytes, 1024u) << "a value and its successor";
  EXPECT_EQ(plan.use.inputs, 512u);
}

TEST_F(MemoryPlanTest, KeepsOutputsToTheEnd) {
  const ValueId first = b.one("exp", {x});
  b.output("first", first);
  const ValueId second = b.one("sin", {b.one("cos", {first})});
  b.output("second", second);
  const MemoryPlan plan = passes::plan_memory(graph, no_scratch);
  EXPECT_EQ(plan.arena_bytes, 1536u);
  EXPECT_NE(plan.offsets[first], plan.offsets[second]);
  EXPECT_EQ(plan.use.peak_outputs, 1024u);
  EXPECT_EQ(plan.use.peak_intermediates, 512u);
}

TEST_F(MemoryPlanTest, SharesTheBytesOfReshapes) {
  const ValueId y = b.one("exp", {x});
  const ValueId flat = b.reshape(y, {128});
  const ValueId again = b.reshape(flat, {4, 32});
  b.output("again", again);
  const MemoryPlan plan = passes::plan_memory(graph, no_scratch);
  EXPECT_EQ(plan.arena_bytes, 512u);
  EXPECT_EQ(plan.storage[again], y);
  EXPECT_EQ(plan.offsets[again], plan.offsets[y]);
  EXPECT_EQ(plan.is_alias, (std::vector<bool>{false, true, true}));
}

TEST_F(MemoryPlanTest, CopiesReshapesOfWhatTheArenaDoesNotOwn) {
  const ValueId s = b.state("s", {LMOS_F32, {8}});
  const ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {8}});
  std::vector<ValueId> copies;
  for (ValueId id : {x, s, w}) copies.push_back(b.reshape(id, {graph.type(id).elements(), 1}));
  const MemoryPlan plan = passes::plan_memory(graph, no_scratch);
  EXPECT_EQ(plan.is_alias, (std::vector<bool>{false, false, false}));
  for (ValueId id : copies) EXPECT_NE(plan.offsets[id], kNoOffset);
  for (ValueId id : {x, s, w}) EXPECT_EQ(plan.offsets[id], kNoOffset);
}

TEST_F(MemoryPlanTest, GivesScratchToItsNodeOnly) {
  ValueId y = x;
  for (int i = 0; i < 4; ++i) y = b.one("exp", {y});
  b.output("y", y);
  const MemoryPlan plan =
      passes::plan_memory(graph, [](const Graph&, const graph::Node&) { return 100; });
  EXPECT_EQ(plan.arena_bytes, 1024u + 128u);
  EXPECT_EQ(plan.use.peak_scratch, 128u);
}

TEST_F(MemoryPlanTest, GivesValuesThatNobodyReadsTheirPlace) {
  const ValueId w = b.parameter({.name = "w"}, {LMOS_F32, {4}});
  const auto outputs = b.node("rms_norm", std::vector{x, w}, {{"epsilon", 1e-5}});
  b.output("y", outputs[0]);
  const MemoryPlan plan = passes::plan_memory(graph, no_scratch);
  EXPECT_NE(plan.offsets[outputs[1]], kNoOffset);
  EXPECT_EQ(plan.arena_bytes, 512u + 128u);
}

TEST_F(MemoryPlanTest, PlansAGraphThatOnlyPassesItsInputOn) {
  b.output("x", x);
  const MemoryPlan plan = passes::plan_memory(graph, no_scratch);
  EXPECT_EQ(plan.arena_bytes, 0u);
  EXPECT_EQ(plan.offsets[x], kNoOffset);
}

TEST_F(MemoryPlanTest, RefusesSizesThatNoMachineHas) {
  b.output("y", b.broadcast(b.constant(0, {LMOS_F32, {}}), {INT64_C(1) << 30, INT64_C(1) << 30}));
  expect_error(ErrorKind::kResource, {"too large"},
               [&] { passes::plan_memory(graph, no_scratch); });
}

TEST(PlaceIntervals, TakesTheSmallestGapThatHolds) {
  // Three live throughout; the two between them leave gaps of 400 and 200.
  const std::vector<passes::Interval> intervals{{500, 0, 9}, {400, 0, 4}, {300, 0, 9},
                                                {200, 0, 4}, {150, 0, 9}, {100, 5, 9}};
  const auto placement = passes::place_intervals(intervals);
  EXPECT_EQ(placement.bytes, 500u + 400 + 300 + 200 + 150);
  EXPECT_EQ(placement.offsets[5], placement.offsets[3]);
}

}  // namespace
}  // namespace lmos::test
