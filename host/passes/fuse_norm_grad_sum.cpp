#include <optional>
#include <vector>

#include "graph/op.h"
#include "passes/fuse.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

struct GradSum {
  ValueId other;  // what is added to dx
  ValueId sum;
};

// The sum that is the only use of the norm's dx, if its other operand is there before the norm.
std::optional<GradSum> match_sum(const Graph& graph, const std::vector<std::vector<size_t>>& users,
                                 size_t index) {
  const Node& node = graph.nodes[index];
  if (node.op->name != "layer_norm_grad" && node.op->name != "rms_norm_grad") return std::nullopt;
  const ValueId dx = node.outputs[0];
  const bool summed =
      node.inputs.size() == node.op->operands.size() && node.inputs.back() != kNoValue;
  if (summed || users[dx].size() != 1 || users[dx][0] == graph.nodes.size()) return std::nullopt;
  const Node& add = graph.nodes[users[dx][0]];
  if (add.op->name != "add") return std::nullopt;
  const ValueId other = add.inputs[add.inputs[0] == dx ? 1 : 0];
  // A state may change before the sum stands.
  const graph::Value& value = graph.value(other);
  if (value.kind != graph::ValueKind::kNode || value.node >= index) return std::nullopt;
  return GradSum{other, add.outputs[0]};
}

}  // namespace

Graph fuse_norm_grad_sum(const Graph& graph, const Supports& supports) {
  std::vector<std::vector<size_t>> users(graph.values.size());
  for (size_t index = 0; index < graph.nodes.size(); ++index)
    for (ValueId id : graph.nodes[index].inputs)
      if (id != kNoValue) users[id].push_back(index);
  for (const graph::Output& output : graph.outputs)
    users[output.value].push_back(graph.nodes.size());

  Rewriter rewriter(graph);
  std::vector<bool> replaced(graph.values.size());
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    const auto found = match_sum(graph, users, index);
    std::vector<ValueId> inputs = node.inputs;
    if (found) {
      inputs.resize(node.op->operands.size() - 1);
      inputs.push_back(found->other);
      std::vector<graph::TensorType> types;
      for (ValueId id : inputs) types.push_back(graph.type(id));
      if (supports_new(supports, node.op->name, types, node.attributes)) {
        rewriter.builder().set_block(node.block);
        std::vector outputs = node.outputs;
        outputs[0] = found->sum;
        rewriter.replace(
            outputs, rewriter.builder().node(node.op->name, rewriter.map(inputs), node.attributes));
        replaced[found->sum] = true;
        continue;
      }
    }
    if (node.outputs.empty() || !replaced[node.outputs[0]]) rewriter.copy(node);
  }
  return rewriter.finish();
}

}  // namespace lmos::passes
