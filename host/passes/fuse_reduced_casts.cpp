#include <vector>

#include "graph/op.h"
#include "passes/eliminate_dead.h"
#include "passes/fuse.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::Node;

// The cast that a sum reads, if it widens a node's result: a state might change in between.
const Node* widening_cast(const Graph& graph, const Node& sum) {
  const graph::Value& wide = graph.value(sum.inputs[0]);
  if (wide.kind != graph::ValueKind::kNode) return nullptr;
  const Node& cast = graph.nodes[wide.node];
  if (cast.op->name != "cast" || graph.value(cast.inputs[0]).kind != graph::ValueKind::kNode)
    return nullptr;
  const lmos_dtype from = graph.type(cast.inputs[0]).dtype;
  const bool widens =
      (from == LMOS_BF16 || from == LMOS_F16) && graph.type(cast.outputs[0]).dtype == LMOS_F32;
  return widens ? &cast : nullptr;
}

}  // namespace

Graph fuse_reduced_casts(const Graph& graph, const Supports& supports) {
  Rewriter rewriter(graph);
  bool changed = false;
  for (const Node& node : graph.nodes) {
    const Node* cast = node.op->name == "reduce_sum" ? widening_cast(graph, node) : nullptr;
    if (cast != nullptr) {
      graph::Attributes attributes = node.attributes;
      attributes.set("dtype", int64_t{graph.type(node.outputs[0]).dtype});
      const std::vector inputs{cast->inputs[0]};
      if (supports_new(supports, graph, "reduce_sum", inputs, attributes)) {
        rewriter.builder().set_block(node.block);
        rewriter.replace(node.outputs, rewriter.builder().node("reduce_sum", rewriter.map(inputs),
                                                               std::move(attributes)));
        changed = true;
        continue;
      }
    }
    rewriter.copy(node);
  }
  return changed ? eliminate_dead(rewriter.finish()) : graph;
}

}  // namespace lmos::passes
