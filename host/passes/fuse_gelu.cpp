#include <map>
#include <vector>

#include "graph/op.h"
#include "passes/eliminate_dead.h"
#include "passes/fuse.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"
#include "passes/state_changes.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

// By the index of the linear node: the first gelu of its result.
std::map<size_t, const Node*> find_activations(const Graph& graph, const Supports& supports) {
  std::map<size_t, const Node*> found;
  for (const Node& node : graph.nodes) {
    if (node.op->name != "gelu") continue;
    const Node* linear = made_by(graph, node.inputs[0], "linear");
    if (linear == nullptr) continue;
    graph::Attributes attributes = linear->attributes;
    attributes.set("approximate", node.attributes.integer("approximate"));
    if (supports_new(supports, graph, "linear_gelu", linear->inputs, attributes))
      found.emplace(graph.value(node.inputs[0]).node, &node);
  }
  return found;
}

}  // namespace

Graph fuse_linear_gelu(const Graph& graph, const Supports& supports) {
  const std::map<size_t, const Node*> activations = find_activations(graph, supports);
  if (activations.empty()) return graph;
  Rewriter rewriter(graph);
  std::vector<bool> emitted(graph.values.size());
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    const auto found = activations.find(index);
    if (found != activations.end()) {
      const Node& gelu = *found->second;
      graph::Attributes attributes = node.attributes;
      attributes.set("approximate", gelu.attributes.integer("approximate"));
      rewriter.builder().set_block(node.block);
      const std::vector outputs{gelu.outputs[0], node.outputs[0]};
      rewriter.replace(outputs, rewriter.builder().node("linear_gelu", rewriter.map(node.inputs),
                                                        std::move(attributes)));
      emitted[gelu.outputs[0]] = true;
    } else if (node.outputs.empty() || !emitted[node.outputs[0]]) {
      rewriter.copy(node);
    }
  }
  return rewriter.finish();
}

Graph fuse_matmul_gelu_grad(const Graph& graph, const Supports& supports) {
  const StateChanges changes(graph);
  const std::vector<size_t> uses = count_uses(graph);
  Rewriter rewriter(graph);
  bool changed = false;
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    const Node* matmul = node.op->name == "gelu_grad" && uses[node.inputs[0]] == 1
                             ? made_by(graph, node.inputs[0], "matmul")
                             : nullptr;
    if (matmul != nullptr && graph.type(node.inputs[0]).rank() == 2 &&
        matmul->attributes.integer("transpose_a") == 0 &&
        graph.type(matmul->inputs[0]).dtype == graph.type(node.inputs[0]).dtype &&
        !changes.operand_changed(*matmul, graph.value(node.inputs[0]).node, index)) {
      const std::vector inputs{matmul->inputs[0], matmul->inputs[1], node.inputs[1]};
      const graph::Attributes attributes = {
          {"transpose_b", matmul->attributes.integer("transpose_b")},
          {"approximate", node.attributes.integer("approximate")}};
      if (supports_new(supports, graph, "matmul_gelu_grad", inputs, attributes)) {
        rewriter.builder().set_block(node.block);
        rewriter.replace(node.outputs, rewriter.builder().node("matmul_gelu_grad",
                                                               rewriter.map(inputs), attributes));
        changed = true;
        continue;
      }
    }
    rewriter.copy(node);
  }
  return changed ? eliminate_dead(rewriter.finish()) : graph;
}

}  // namespace lmos::passes
