#include "graph/op.h"
#include "graph/print.h"

namespace lmos::graph {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// The vertex that stands for a value: its node, or the value itself where it comes from outside.
std::string vertex(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  return value.kind == ValueKind::kNode ? "n" + std::to_string(value.node)
                                        : "v" + std::to_string(id);
}

std::string node_vertex(const Graph& graph, size_t index) {
  const Node& node = graph.nodes[index];
  std::string label(node.op->name);
  for (ValueId id : node.outputs) label += "\n" + to_string(graph.type(id), &graph);
  return "n" + std::to_string(index) + " [label=" + quoted(label) + "];\n";
}

}  // namespace

std::string print_dot(const Graph& graph) {
  std::string text = "digraph graph_of_operations {\n  node [shape=box];\n";
  for (ValueId id = 0; id < graph.values.size(); ++id) {
    if (graph.value(id).kind == ValueKind::kNode) continue;
    const std::string label = graph.value(id).name + "\n" + to_string(graph.type(id), &graph);
    text += "  v" + std::to_string(id) + " [shape=ellipse, label=" + quoted(label) + "];\n";
  }
  for (int32_t block = kNoBlock; block < static_cast<int32_t>(graph.blocks.size()); ++block) {
    if (block != kNoBlock) {
      text += "  subgraph cluster_" + std::to_string(block) +
              " {\n  label=" + quoted(graph.blocks[static_cast<size_t>(block)]) + ";\n";
    }
    for (size_t index = 0; index < graph.nodes.size(); ++index) {
      if (graph.nodes[index].block == block) text += "  " + node_vertex(graph, index);
    }
    if (block != kNoBlock) text += "  }\n";
  }
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    for (ValueId input : graph.nodes[index].inputs) {
      if (input == kNoValue) continue;
      text += "  " + vertex(graph, input) + " -> n" + std::to_string(index) + ";\n";
    }
  }
  for (size_t i = 0; i < graph.outputs.size(); ++i) {
    const std::string sink = "o" + std::to_string(i);
    text += "  " + sink + " [shape=ellipse, label=" + quoted(graph.outputs[i].name) + "];\n";
    text += "  " + vertex(graph, graph.outputs[i].value) + " -> " + sink + ";\n";
  }
  return text + "}\n";
}

}  // namespace lmos::graph
