#include "passes/quantize_weights.h"

#include <vector>

#include "graph/builder.h"
#include "graph/op.h"
#include "passes/linear_weights.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

enum LinearOperand : size_t { kX, kW, kB };

}  // namespace

std::string scale_name(const std::string& weight) { return weight + ".scale"; }

Graph quantize_weights(const Graph& graph, lmos_dtype format) {
  Graph result = graph;
  graph::Builder builder(result);
  std::vector<ValueId> scales(graph.values.size(), kNoValue);
  for (const LinearWeight& linear : weights_of_linears(graph)) {
    const graph::Parameter& weight = lay_by_outputs(result, linear);
    graph::TensorType& type = result.values[weight.value].type;
    type.dtype = format;
    graph::Parameter scale;
    scale.name = scale_name(weight.name);
    scale.part_of = weight.name;
    const ValueId w = weight.value;
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
