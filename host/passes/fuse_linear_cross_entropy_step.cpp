#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "graph/op.h"
#include "passes/fuse.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"
#include "passes/state_changes.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

// Operands of the gradient node.
enum Operand : size_t { kDloss, kX, kW, kLabels, kLse, kBias };

struct Step {
  size_t forward, backward;     // indexes of nodes
  ValueId scale;                // the scalar
  std::vector<size_t> hoisted;  // nodes between the two that compute it, ascending
};

class Matcher {
 public:
  Matcher(const Graph& graph, const Supports& supports)
      : graph_(graph), supports_(supports), changes_(graph), uses_(count_uses(graph)) {}

  // The step whose backward half is node `backward`, if it is one.
  std::optional<Step> match(size_t backward) const {
    const Node& node = graph_.nodes[backward];
    if (node.op->name != "linear_cross_entropy_grad") return std::nullopt;
    const graph::Value& lse = graph_.value(node.inputs[kLse]);
    if (lse.kind != graph::ValueKind::kNode) return std::nullopt;
    const Node& forward = graph_.nodes[lse.node];
    const bool same_operands =
        std::equal(node.inputs.begin() + kX, node.inputs.begin() + kLse, forward.inputs.begin()) &&
        node.inputs[kBias] == forward.inputs.back();
    // The step gives no lse, so nothing else may read it.
    if (forward.op->name != "linear_cross_entropy" || !same_operands ||
        uses_[node.inputs[kLse]] != 1 || changes_.operand_changed(forward, lse.node, backward) ||
        forward.attributes.integer("ignore") != node.attributes.integer("ignore")) {
      return std::nullopt;
    }
    const ValueId scale = scalar_of(node.inputs[kDloss]);
    if (scale == kNoValue || !supported(node, scale)) return std::nullopt;
    auto hoisted = hoistable(scale, lse.node);
    if (!hoisted) return std::nullopt;
    return Step{lse.node, backward, scale, std::move(*hoisted)};
  }

 private:
  // The scalar that `value` repeats, or kNoValue.
  ValueId scalar_of(ValueId id) const {
    while (graph_.type(id).rank() > 0) {
      const graph::Value& value = graph_.value(id);
      if (value.kind != graph::ValueKind::kNode) return kNoValue;
      const Node& node = graph_.nodes[value.node];
      if (node.op->name != "broadcast" && node.op->name != "reshape") return kNoValue;
      id = node.inputs[0];
    }
    return id;
  }

  bool supported(const Node& backward, ValueId scale) const {
    const std::vector operands{scale, backward.inputs[kX], backward.inputs[kW],
                               backward.inputs[kLabels], backward.inputs[kBias]};
    return supports_new(supports_, graph_, "linear_cross_entropy_step", operands,
                        backward.attributes);
  }

  // The nodes after `forward` that `scale` needs, if they can all run before it.
  std::optional<std::vector<size_t>> hoistable(ValueId scale, size_t forward) const {
    std::vector<size_t> nodes;
    std::vector<ValueId> open{scale};
    while (!open.empty()) {
      const ValueId id = open.back();
      open.pop_back();
      if (id == kNoValue || graph_.value(id).kind != graph::ValueKind::kNode) continue;
      const size_t index = graph_.value(id).node;
      if (index < forward || std::find(nodes.begin(), nodes.end(), index) != nodes.end()) continue;
      const Node& node = graph_.nodes[index];
      if (index == forward || !node.op->states.empty() ||
          changes_.operand_changed(node, forward, index)) {
        return std::nullopt;
      }
      nodes.push_back(index);
      open.insert(open.end(), node.inputs.begin(), node.inputs.end());
    }
    std::sort(nodes.begin(), nodes.end());
    return nodes;
  }

  const Graph& graph_;
  const Supports& supports_;
  StateChanges changes_;
  std::vector<size_t> uses_;
};

}  // namespace

Graph fuse_linear_cross_entropy_step(const Graph& graph, const Supports& supports) {
  const Matcher matcher(graph, supports);
  std::map<size_t, Step> by_forward;
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    if (auto step = matcher.match(index)) by_forward.emplace(step->forward, std::move(*step));
  }
  Rewriter rewriter(graph);
  std::vector<bool> emitted(graph.nodes.size());
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    if (emitted[index]) continue;
    const Node& node = graph.nodes[index];
    const auto found = by_forward.find(index);
    if (found == by_forward.end()) {
      rewriter.copy(node);
      continue;
    }
    const Step& step = found->second;
    for (size_t hoisted : step.hoisted) {
      if (!emitted[hoisted]) rewriter.copy(graph.nodes[hoisted]);
      emitted[hoisted] = true;
    }
    const Node& backward = graph.nodes[step.backward];
    emitted[step.backward] = true;
    rewriter.builder().set_block(node.block);
    std::vector inputs{step.scale};
    inputs.insert(inputs.end(), node.inputs.begin(), node.inputs.end());
    std::vector outputs{node.outputs[0]};
    outputs.insert(outputs.end(), backward.outputs.begin(), backward.outputs.end());
    rewriter.replace(outputs, rewriter.builder().node("linear_cross_entropy_step",
                                                      rewriter.map(inputs), backward.attributes));
  }
  return rewriter.finish();
}

}  // namespace lmos::passes
