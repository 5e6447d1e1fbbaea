#include "graph/verify.h"

#include <set>

#include "errors/error.h"
#include "graph/op.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

void hold(bool invariant, const std::string& message) {
  if (!invariant) throw Error(ErrorKind::kInternal, "illegal graph: " + message);
}

std::string value_name(ValueId id) { return "%" + std::to_string(id); }

void verify_named(const Graph& graph, const std::vector<ValueId>& ids, ValueKind kind,
                  std::string_view list, std::set<std::string>& names) {
  for (ValueId id : ids) {
    hold(id < graph.values.size(),
         std::string(list) + " lists " + value_name(id) + ", which does not exist");
    const Value& value = graph.value(id);
    hold(value.kind == kind,
         std::string(list) + " lists " + value_name(id) + ", which is of another kind");
    hold(!value.name.empty() && names.insert(value.name).second,
         value_name(id) + " in " + std::string(list) + " has an empty or repeated name '" +
             value.name + "'");
  }
}

void verify_values(const Graph& graph) {
  std::set<std::string> names;
  std::vector<ValueId> parameters;
  for (const Parameter& parameter : graph.parameters) {
    parameters.push_back(parameter.value);
  }
  verify_named(graph, graph.inputs, ValueKind::kInput, "inputs", names);
  verify_named(graph, parameters, ValueKind::kParameter, "parameters", names);
  verify_named(graph, graph.states, ValueKind::kState, "states", names);
  for (const Parameter& parameter : graph.parameters) {
    hold(graph.value(parameter.value).name == parameter.name,
         "parameter " + parameter.name + " and its value have different names");
  }
  size_t outside = 0;
  for (ValueId id = 0; id < graph.values.size(); ++id) {
    const Value& value = graph.value(id);
    dtype_bytes(value.type.dtype);
    for (int64_t dim : value.type.dims) {
      hold(dim >= 0 ||
               (LMOS_IS_SYMBOL(dim) && static_cast<size_t>(dim - INT64_MIN) < graph.symbols.size()),
           value_name(id) + " has the dimension " + std::to_string(dim));
    }
    if (value.kind != ValueKind::kNode) {
      ++outside;
      continue;
    }
    hold(value.node < graph.nodes.size() && value.output < graph.nodes[value.node].outputs.size() &&
             graph.nodes[value.node].outputs[value.output] == id,
         value_name(id) + " is not the output of the node that it names");
  }
  hold(outside == graph.inputs.size() + graph.parameters.size() + graph.states.size(),
       "an input, parameter or state is not listed");
}

void verify_node(const Graph& graph, size_t index) {
  const Node& node = graph.nodes[index];
  hold(node.op != nullptr, "node " + std::to_string(index) + " has no op");
  const std::string place =
      "node " + std::to_string(index) + ", " + std::string(node.op->name) + ": ";
  hold(node.block >= kNoBlock && node.block < static_cast<int64_t>(graph.blocks.size()),
       place + "there is no block " + std::to_string(node.block));
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId input = node.inputs[i];
    if (input == kNoValue) continue;
    hold(input < graph.values.size(), place + "operand " + std::string(operand_name(*node.op, i)) +
                                          ", " + value_name(input) + ", does not exist");
    const Value& value = graph.value(input);
    hold(value.kind != ValueKind::kNode || value.node < index,
         place + "operand " + std::string(operand_name(*node.op, i)) + ", " + value_name(input) +
             " " + to_string(value.type, &graph) + ", is defined by the later node " +
             std::to_string(value.node));
  }
  const auto types = infer_types(graph, index, *node.op, node.inputs, node.attributes);
  hold(types.size() == node.outputs.size(), place + "has " + std::to_string(node.outputs.size()) +
                                                " outputs, the op " + std::to_string(types.size()));
  for (size_t i = 0; i < types.size(); ++i) {
    const ValueId output = node.outputs[i];
    hold(output < graph.values.size() && graph.value(output).kind == ValueKind::kNode &&
             graph.value(output).node == index && graph.value(output).output == i,
         place + "output " + std::to_string(i) + " is defined elsewhere");
    hold(types[i] == graph.type(output),
         place + "output " + std::to_string(i) + " is " + to_string(graph.type(output), &graph) +
             ", the shape rule says " + to_string(types[i], &graph));
  }
}

}  // namespace

void verify(const Graph& graph) {
  verify_values(graph);
  for (size_t index = 0; index < graph.nodes.size(); ++index) verify_node(graph, index);
  std::set<std::string> names;
  for (const Output& output : graph.outputs) {
    hold(output.value < graph.values.size(), "output " + output.name + " is not a value");
    hold(names.insert(output.name).second, "there are two outputs named " + output.name);
  }
}

}  // namespace lmos::graph
