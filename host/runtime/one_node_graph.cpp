#include "runtime/one_node_graph.h"

#include <algorithm>
#include <string>

#include "graph/builder.h"
#include "graph/op.h"

namespace lmos::runtime {

graph::Graph one_node_graph(const graph::Graph& graph, const graph::Node& node) {
  graph::Graph single;
  graph::Builder builder(single);
  std::vector<graph::ValueId> operands;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    std::string name = "input " + std::to_string(i);
    if (node.inputs[i] == graph::kNoValue) {
      operands.push_back(graph::kNoValue);
    } else if (std::ranges::count(node.op->states, static_cast<uint32_t>(i)) > 0) {
      operands.push_back(builder.state(name, graph.type(node.inputs[i])));
    } else {
      operands.push_back(builder.input(name, graph.type(node.inputs[i])));
    }
  }
  std::vector<graph::ValueId> results = builder.node(node.op->name, operands, node.attributes);
  for (size_t i = 0; i < results.size(); ++i) {
    builder.output("output " + std::to_string(i), results[i]);
  }
  return single;
}

}  // namespace lmos::runtime
