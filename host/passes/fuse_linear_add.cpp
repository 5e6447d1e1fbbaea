#include <optional>
#include <vector>

#include "graph/op.h"
#include "passes/eliminate_dead.h"
#include "passes/fuse.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"
#include "passes/state_changes.h"

namespace lmos::passes {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

Graph fuse_linear_add(const Graph& graph, const Supports& supports) {
  const StateChanges changes(graph);
  const std::vector<size_t> uses = count_uses(graph);
  // The operands of linear_add, if operand `side` of node `index` is a linear that it can take in.
  const auto match = [&](size_t index, size_t side) -> std::optional<std::vector<ValueId>> {
    const Node& add = graph.nodes[index];
    const ValueId product = add.inputs[side];
    const Node* linear = made_by(graph, product, "linear");
    const Node* quantized = made_by(graph, product, "linear_quantized");
    if (linear != nullptr && linear->attributes.integer("transposed") != 0) return std::nullopt;
    if (quantized != nullptr) linear = quantized;
    if (linear == nullptr || uses[product] != 1 ||
        changes.operand_changed(*linear, graph.value(product).node, index)) {
      return std::nullopt;
    }
    const std::vector<ValueId>& inputs = linear->inputs;
    std::vector<ValueId> operands{inputs[0], inputs[1], add.inputs[1 - side]};
    if (quantized != nullptr) {
      operands.push_back(inputs[3]);
      operands.push_back(inputs[2]);
    } else if (inputs[2] != kNoValue) {
      operands.push_back(inputs[2]);
    }
    if (!supports_new(supports, graph, "linear_add", operands, {})) return std::nullopt;
    return operands;
  };
  Rewriter rewriter(graph);
  bool changed = false;
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    std::optional<std::vector<ValueId>> operands;
    if (node.op->name == "add") {
      operands = match(index, 1);
      if (!operands) operands = match(index, 0);
    }
    if (!operands) {
      rewriter.copy(node);
      continue;
    }
    rewriter.builder().set_block(node.block);
    rewriter.replace(node.outputs, rewriter.builder().node("linear_add", rewriter.map(*operands)));
    changed = true;
  }
  return changed ? eliminate_dead(rewriter.finish()) : graph;
}

}  // namespace lmos::passes
