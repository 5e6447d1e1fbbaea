#include "passes/compact_weights.h"

#include <vector>

#include "graph/builder.h"
#include "graph/op.h"
#include "llmasos/compact_weights.hpp"
#include "passes/linear_weights.h"

namespace lmos::passes {
namespace {

using graph::kNoValue;
using graph::ValueId;

struct CompactOperands {
  ValueId bases = kNoValue, raw = kNoValue;
};

CompactOperands add_parts(graph::Builder& builder, const std::string& weight, int64_t outputs,
                          int64_t blocks) {
  graph::Parameter bases, raw;
  bases.name = bases_name(weight);
  raw.name = raw_name(weight);
  bases.part_of = raw.part_of = weight;
  return {builder.parameter(bases, {LMOS_U8, {outputs, blocks}}),
          builder.parameter(
              raw, {LMOS_BF16, {sdk::raw_block_capacity(outputs * blocks), sdk::kCompactBlock}})};
}

}  // namespace

std::string bases_name(const std::string& weight) { return weight + ".bases"; }
std::string raw_name(const std::string& weight) { return weight + ".raw"; }

bool is_compact(const graph::TensorType& type) {
  return type.dtype == LMOS_U8 && type.rank() == 2 && type.dims[1] % sdk::kCompactBytes == 0;
}

graph::TensorType plain_type(const graph::TensorType& type) {
  if (!is_compact(type)) return type;
  return {LMOS_BF16, {type.dims[0], type.dims[1] / sdk::kCompactBytes * sdk::kCompactBlock}};
}

graph::Graph compact_weights(const graph::Graph& graph) {
  graph::Graph result = graph;
  graph::Builder builder(result);
  std::vector<CompactOperands> parts(graph.values.size());
  for (const LinearWeight& linear : weights_of_linears(graph)) {
    const ValueId w = graph.parameters[linear.parameter].value;
    const int64_t inputs = graph.type(w).dims[linear.transposed ? 0 : 1];
    if (inputs % sdk::kCompactBlock != 0) continue;
    const std::string name = lay_by_outputs(result, linear).name;
    const int64_t outputs = result.type(w).dims[0], blocks = inputs / sdk::kCompactBlock;
    result.values[w].type = {LMOS_U8, {outputs, blocks * sdk::kCompactBytes}};
    parts[w] = add_parts(builder, name, outputs, blocks);
  }
  const graph::Op* const compact = graph::find_op("linear_compact");
  for (graph::Node& node : result.nodes) {
    if (node.op->name != "linear" || parts[node.inputs[1]].bases == kNoValue) continue;
    const auto [bases, raw] = parts[node.inputs[1]];
    node.op = compact;
    node.inputs = {node.inputs[0], node.inputs[1], bases, raw, node.inputs[2]};
    node.attributes = {};
  }
  return result;
}

}  // namespace lmos::passes
