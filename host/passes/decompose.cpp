#include "passes/decompose.h"

#include "errors/error.h"
#include "graph/op.h"
#include "graph/print.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

std::string signature(const graph::Graph& graph, const graph::Node& node) {
  std::string text(node.op->name);
  text += '(';
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (i > 0) text += ", ";
    text += node.inputs[i] == graph::kNoValue ? "absent"
                                              : to_string(graph.type(node.inputs[i]), &graph);
  }
  text += ')';
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    text += (i > 0 ? ", " : " -> ") + to_string(graph.type(node.outputs[i]), &graph);
  }
  const std::string attributes = to_string(node.attributes, &graph);
  return attributes.empty() ? text : text + " {" + attributes + "}";
}

}  // namespace

graph::Graph decompose(graph::Graph graph, const Supports& supports) {
  // Each round takes one level of the decompositions apart. They end at primitives.
  bool changed = true;
  while (changed) {
    changed = false;
    Rewriter rewriter(graph);
    for (const graph::Node& node : graph.nodes) {
      if (supports(graph, node)) {
        rewriter.copy(node);
        continue;
      }
      if (node.op->primitive()) {
        const std::string_view advice = node.op->without_kernel;
        throw Error(ErrorKind::kPlugin,
                    "the backend has no kernel for " + signature(graph, node) + ", a primitive; " +
                        std::string(advice.empty() ? "choose another dtype or backend" : advice));
      }
      rewriter.builder().set_block(node.block);
      rewriter.replace(node.outputs, node.op->decompose(rewriter.builder(), rewriter.mapped(node)));
      changed = true;
    }
    graph = rewriter.finish();
  }
  return graph;
}

}  // namespace lmos::passes
