#include <optional>
#include <vector>

#include "graph/op.h"
#include "passes/eliminate_dead.h"
#include "passes/fuse.h"
#include "passes/rewrite.h"
#include "passes/state_changes.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

enum Operand : size_t { kQ, kK, kPositions = 7 };

// The rope that computes operand `side` of node `attention`, if its operands are unchanged there.
const Node* rope_of(const Graph& graph, const StateChanges& changes, size_t attention,
                    size_t side) {
  const Node& node = graph.nodes[attention];
  const graph::Value& value = graph.value(node.inputs[side]);
  if (value.kind != graph::ValueKind::kNode) return nullptr;
  const Node& rope = graph.nodes[value.node];
  const bool fits = rope.op->name == "rope" && rope.attributes.integer("inverse") == 0 &&
                    rope.inputs[1] == node.inputs[kPositions] &&
                    !changes.operand_changed(rope, value.node, attention);
  return fits ? &rope : nullptr;
}

}  // namespace

Graph fuse_rope_paged_attention(const Graph& graph, const Supports& supports) {
  const StateChanges changes(graph);
  Rewriter rewriter(graph);
  bool changed = false;
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    if (node.op->name == "paged_attention") {
      const Node* q = rope_of(graph, changes, index, kQ);
      const Node* k = rope_of(graph, changes, index, kK);
      if (q != nullptr && k != nullptr && q->inputs[2] == k->inputs[2]) {
        std::vector<ValueId> operands = node.inputs;
        operands[kQ] = q->inputs[0];
        operands[kK] = k->inputs[0];
        operands.push_back(q->inputs[2]);
        if (supports_new(supports, graph, "rope_paged_attention", operands, node.attributes)) {
          rewriter.builder().set_block(node.block);
          rewriter.replace(node.outputs,
                           rewriter.builder().node("rope_paged_attention", rewriter.map(operands),
                                                   node.attributes));
          changed = true;
          continue;
        }
      }
    }
    rewriter.copy(node);
  }
  return changed ? eliminate_dead(rewriter.finish()) : graph;
}

}  // namespace lmos::passes
