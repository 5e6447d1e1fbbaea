#include "passes/linear_weights.h"

#include <optional>
#include <utility>

#include "graph/op.h"
#include "passes/pattern.h"

namespace lmos::passes {
namespace {

// Whether the linears that read w have it as [I, O]; nothing if something else reads it.
std::optional<bool> layout_of(const graph::Graph& graph, graph::ValueId w,
                              const std::vector<size_t>& users) {
  std::optional<bool> transposed;
  for (const size_t user : users) {
    if (user == graph.nodes.size()) return std::nullopt;
    const graph::Node& node = graph.nodes[user];
    if (node.op->name != "linear" || node.inputs[0] == w || node.inputs[2] == w)
      return std::nullopt;
    const bool here = node.attributes.integer("transposed") != 0;
    if (transposed.value_or(here) != here) return std::nullopt;
    transposed = here;
  }
  return transposed;
}

}  // namespace

std::vector<LinearWeight> weights_of_linears(const graph::Graph& graph) {
  const std::vector<std::vector<size_t>> users = users_of(graph);
  std::vector<LinearWeight> found;
  for (size_t i = 0; i < graph.parameters.size(); ++i) {
    const graph::ValueId w = graph.parameters[i].value;
    if (const auto transposed = layout_of(graph, w, users[w])) found.push_back({i, *transposed});
  }
  return found;
}

graph::Parameter& lay_by_outputs(graph::Graph& graph, const LinearWeight& weight) {
  graph::Parameter& parameter = graph.parameters[weight.parameter];
  parameter.transposed = weight.transposed;
  if (weight.transposed) {
    graph::TensorType& type = graph.values[parameter.value].type;
    std::swap(type.dims[0], type.dims[1]);
    if (!parameter.axes.empty()) std::swap(parameter.axes[0], parameter.axes[1]);
  }
  return parameter;
}

}  // namespace lmos::passes
