#include "passes/recompute.h"

#include <algorithm>
#include <map>
#include <vector>

#include "graph/op.h"
#include "passes/rewrite.h"
#include "passes/state_changes.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoBlock;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

// One block: what its backward nodes read of its own forward nodes.
class Block {
 public:
  // `nodes`: indexes of the block's nodes, ascending.
  Block(const Graph& graph, const StateChanges& changes, size_t first_backward, int32_t block,
        const std::vector<size_t>& nodes)
      : graph_(graph), changes_(changes), first_backward_(first_backward), block_(block) {
    const auto middle = std::lower_bound(nodes.begin(), nodes.end(), first_backward);
    forward_.assign(nodes.begin(), middle);
    backward_.assign(middle, nodes.end());
  }

  bool has_backward() const { return !backward_.empty(); }
  size_t first_backward() const { return backward_.front(); }

  // The forward nodes to emit again before the first backward node, ascending. `crossing`: values
  // read outside their block.
  std::vector<size_t> clones(const std::vector<bool>& crossing) const {
    std::vector<bool> needed(graph_.values.size());
    const auto need = [&](const Node& node) {
      for (ValueId id : node.inputs) {
        if (id != kNoValue && !crossing[id] && is_own_forward(id)) needed[id] = true;
      }
    };
    for (size_t index : backward_) need(graph_.nodes[index]);
    std::vector<size_t> clones;
    for (size_t i = forward_.size(); i-- > 0;) {
      const Node& node = graph_.nodes[forward_[i]];
      const bool wanted = std::any_of(node.outputs.begin(), node.outputs.end(),
                                      [&](ValueId id) { return needed[id]; });
      if (!wanted || !node.op->states.empty() ||
          changes_.operand_changed(node, forward_[i], first_backward())) {
        continue;
      }
      clones.push_back(forward_[i]);
      need(node);
    }
    std::reverse(clones.begin(), clones.end());
    return clones;
  }

 private:
  bool is_own_forward(ValueId id) const {
    const graph::Value& value = graph_.value(id);
    return value.kind == graph::ValueKind::kNode && value.node < first_backward_ &&
           graph_.nodes[value.node].block == block_;
  }

  const Graph& graph_;
  const StateChanges& changes_;
  size_t first_backward_;
  int32_t block_;
  std::vector<size_t> forward_, backward_;
};

// Values that nodes of another block, or the outside, read: they stay live whatever this pass does.
std::vector<bool> crossing_values(const Graph& graph) {
  std::vector<bool> crossing(graph.values.size());
  for (const Node& node : graph.nodes) {
    for (ValueId id : node.inputs) {
      if (id == kNoValue || graph.value(id).kind != graph::ValueKind::kNode) continue;
      if (graph.nodes[graph.value(id).node].block != node.block) crossing[id] = true;
    }
  }
  for (const graph::Output& output : graph.outputs) crossing[output.value] = true;
  return crossing;
}

}  // namespace

Graph recompute(const Graph& graph, size_t first_backward) {
  const StateChanges changes(graph);
  const std::vector<bool> crossing = crossing_values(graph);
  std::vector<std::vector<size_t>> nodes_of(graph.blocks.size());
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const int32_t block = graph.nodes[index].block;
    if (block != kNoBlock) nodes_of[static_cast<size_t>(block)].push_back(index);
  }
  std::map<size_t, std::vector<size_t>> clones_before;  // by node index
  for (size_t id = 0; id < nodes_of.size(); ++id) {
    const Block block(graph, changes, first_backward, static_cast<int32_t>(id), nodes_of[id]);
    if (block.has_backward()) clones_before[block.first_backward()] = block.clones(crossing);
  }
  Rewriter rewriter(graph);
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    if (const auto found = clones_before.find(index); found != clones_before.end()) {
      for (size_t clone : found->second) {
        const Node& node = graph.nodes[clone];
        // An output that crosses is not copied from the clone: the first result is live anyway.
        const auto first_results = rewriter.map(node.outputs);
        rewriter.copy(node);
        for (size_t i = 0; i < node.outputs.size(); ++i) {
          if (crossing[node.outputs[i]]) rewriter.replace(node.outputs[i], first_results[i]);
        }
      }
    }
    rewriter.copy(graph.nodes[index]);
  }
  return rewriter.finish();
}

}  // namespace lmos::passes
