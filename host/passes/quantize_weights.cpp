#include "passes/quantize_weights.h"

#include <optional>
#include <utility>
#include <vector>

#include "graph/builder.h"
#include "graph/op.h"
#include "passes/pattern.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

enum LinearOperand : size_t { kX, kW, kB };

// Whether the linears that read w have it as [I, O]; nothing if something else reads it.
std::optional<bool> layout_of(const Graph& graph, ValueId w, const std::vector<size_t>& users) {
  std::optional<bool> transposed;
  for (const size_t user : users) {
    if (user == graph.nodes.size()) return std::nullopt;
    const Node& node = graph.nodes[user];
    if (node.op->name != "linear" || node.inputs[kX] == w || node.inputs[kB] == w)
      return std::nullopt;
    const bool here = node.attributes.integer("transposed") != 0;
    if (transposed.value_or(here) != here) return std::nullopt;
    transposed = here;
  }
  return transposed;
}

}  // namespace

std::string scale_name(const std::string& weight) { return weight + ".scale"; }

Graph quantize_weights(const Graph& graph, lmos_dtype format) {
  const std::vector<std::vector<size_t>> users = users_of(graph);
  Graph result = graph;
  graph::Builder builder(result);
  std::vector<ValueId> scales(graph.values.size(), kNoValue);
  for (size_t i = 0; i < graph.parameters.size(); ++i) {
    const ValueId w = graph.parameters[i].value;
    const auto transposed = layout_of(graph, w, users[w]);
    if (!transposed) continue;
    graph::Parameter& weight = result.parameters[i];
    graph::TensorType& type = result.values[w].type;
    type.dtype = format;
    weight.transposed = *transposed;
    if (*transposed) {
      std::swap(type.dims[0], type.dims[1]);
      if (!weight.axes.empty()) std::swap(weight.axes[0], weight.axes[1]);
    }
    graph::Parameter scale;
    scale.name = scale_name(weight.name);
    scale.scale_of = weight.name;
    const int64_t outputs = type.dims[0];
    scales[w] = builder.parameter(scale, {LMOS_F32, {outputs}});
  }
  const graph::Op* const quantized = graph::find_op("linear_quantized");
  for (Node& node : result.nodes) {
    if (node.op->name != "linear" || scales[node.inputs[kW]] == kNoValue) continue;
    node.op = quantized;
    node.inputs = {node.inputs[kX], node.inputs[kW], scales[node.inputs[kW]], node.inputs[kB]};
    node.attributes = {};
  }
  return result;
}

}  // namespace lmos::passes
