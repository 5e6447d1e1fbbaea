#include "passes/memory_plan.h"

#include <algorithm>

#include "errors/error.h"
#include "graph/op.h"
#include "passes/place_intervals.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

uint64_t aligned(uint64_t bytes) {
  if (bytes > UINT64_MAX / 4)
    throw Error(ErrorKind::kResource, "a tensor of the graph is too large for any machine");
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

// Only bytes that the arena owns are shared: what is outside may be replaced between executions, or
// changed.
void find_aliases(const Graph& graph, MemoryPlan& plan) {
  for (ValueId id = 0; id < graph.values.size(); ++id) plan.storage.push_back(id);
  for (const Node& node : graph.nodes) {
    const bool alias =
        node.op->name == "reshape" && graph.value(node.inputs[0]).kind == graph::ValueKind::kNode;
    plan.is_alias.push_back(alias);
    if (alias) plan.storage[node.outputs[0]] = plan.storage[node.inputs[0]];
  }
}

enum class Category { kOutput, kIntermediate, kScratch };

struct Item {
  Interval interval;
  Category category = Category::kIntermediate;
  uint64_t* offset = nullptr;  // where the plan wants the answer
};

// One item for each value that has its own bytes in the arena, and one for each node's scratch.
std::vector<Item> collect_items(const Graph& graph, const ScratchBytes& scratch_bytes,
                                MemoryPlan& plan) {
  std::vector<Item> by_value(graph.values.size());
  std::vector<Item> items;
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    for (ValueId id : node.inputs) {
      if (id != kNoValue) by_value[plan.storage[id]].interval.last = index;
    }
    for (ValueId id : node.outputs) {
      if (plan.storage[id] != id) continue;
      by_value[id].interval = {aligned(graph.type(id).bytes()), index, index};
      by_value[id].offset = &plan.offsets[id];
    }
    if (const uint64_t bytes = aligned(scratch_bytes(graph, node))) {
      items.push_back({{bytes, index, index}, Category::kScratch, &plan.scratch_offsets[index]});
    }
  }
  for (const graph::Output& output : graph.outputs) {
    Item& item = by_value[plan.storage[output.value]];
    item.interval.last = graph.nodes.size();
    item.category = Category::kOutput;
  }
  std::copy_if(by_value.begin(), by_value.end(), std::back_inserter(items),
               [](const Item& item) { return item.offset != nullptr; });
  return items;
}

void measure_outside(const Graph& graph, MemoryUse& use) {
  for (ValueId id : graph.inputs) use.inputs += aligned(graph.type(id).bytes());
  for (ValueId id : graph.states) use.states += aligned(graph.type(id).bytes());
  for (const graph::Parameter& parameter : graph.parameters) {
    use.parameters += aligned(graph.type(parameter.value).bytes());
  }
}

void measure_peak(size_t nodes, const std::vector<Item>& items, MemoryUse& use) {
  // Sums wrap around on the way and come out right.
  struct Change {
    uint64_t bytes[3] = {};
  };
  std::vector<Change> changes(nodes + 2);
  for (const Item& item : items) {
    const auto category = static_cast<size_t>(item.category);
    changes[item.interval.first].bytes[category] += item.interval.bytes;
    changes[item.interval.last + 1].bytes[category] -= item.interval.bytes;
  }
  Change live;
  for (size_t node = 0; node < nodes; ++node) {
    for (size_t i = 0; i < 3; ++i) live.bytes[i] += changes[node].bytes[i];
    if (live.bytes[0] + live.bytes[1] + live.bytes[2] <= use.peak()) continue;
    use.peak_node = node;
    use.peak_outputs = live.bytes[0];
    use.peak_intermediates = live.bytes[1];
    use.peak_scratch = live.bytes[2];
  }
}

}  // namespace

MemoryPlan plan_memory(const Graph& graph, const ScratchBytes& scratch_bytes) {
  MemoryPlan plan;
  plan.offsets.assign(graph.values.size(), kNoOffset);
  plan.scratch_offsets.assign(graph.nodes.size(), kNoOffset);
  find_aliases(graph, plan);
  const std::vector<Item> items = collect_items(graph, scratch_bytes, plan);
  std::vector<Interval> intervals;
  for (const Item& item : items) intervals.push_back(item.interval);
  const Placement placement = place_intervals(intervals);
  plan.arena_bytes = placement.bytes;
  for (size_t i = 0; i < items.size(); ++i) *items[i].offset = placement.offsets[i];
  for (ValueId id = 0; id < graph.values.size(); ++id)
    plan.offsets[id] = plan.offsets[plan.storage[id]];
  measure_outside(graph, plan.use);
  measure_peak(graph.nodes.size(), items, plan.use);
  return plan;
}

}  // namespace lmos::passes
