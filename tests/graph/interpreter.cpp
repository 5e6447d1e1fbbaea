#include "graph/interpreter.h"

#include <algorithm>
#include <stdexcept>

#include "backends/backend_plugins.h"
#include "backends/op_case.h"
#include "backends/run_node.h"
#include "graph/builder.h"
#include "graph/op.h"

namespace lmos::test {
namespace {

// The node as a graph of its own.
ConcreteCase isolate(const graph::Node& node, const std::vector<HostTensor>& values) {
  ConcreteCase concrete;
  graph::Builder builder(concrete.graph);
  std::vector<graph::ValueId> operands;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const std::string name = "operand" + std::to_string(i);
    const bool state = std::ranges::count(node.op->states, static_cast<uint32_t>(i)) > 0;
    if (node.inputs[i] == graph::kNoValue) {
      concrete.operands.emplace_back();
      operands.push_back(graph::kNoValue);
      continue;
    }
    const HostTensor& value = values[node.inputs[i]];
    concrete.operands.push_back(value);
    operands.push_back(state ? builder.state(name, value.type) : builder.input(name, value.type));
  }
  builder.node(node.op->name, operands, node.attributes);
  return concrete;
}

void run(const graph::Node& node, std::vector<HostTensor>& values) {
  const auto results = run_node(backend("reference"), isolate(node, values));
  for (size_t i = 0; i < node.outputs.size(); ++i) values[node.outputs[i]] = results[i];
  // Results of states come in the order of the operands.
  auto states = node.op->states;
  std::ranges::sort(states);
  for (size_t i = 0; i < states.size(); ++i) {
    values[node.inputs[states[i]]] = results[node.outputs.size() + i];
  }
}

}  // namespace

NamedTensors interpret(const graph::Graph& graph, const NamedTensors& given) {
  std::vector<HostTensor> values(graph.values.size());
  for (graph::ValueId id = 0; id < graph.values.size(); ++id) {
    const graph::Value& value = graph.value(id);
    if (value.kind == graph::ValueKind::kNode) continue;
    values[id] = given.at(value.name);
    if (values[id].type != value.type) {
      throw std::logic_error(value.name + " is given as " + to_string(values[id].type));
    }
  }
  for (const graph::Node& node : graph.nodes) run(node, values);
  NamedTensors results;
  for (const graph::Output& output : graph.outputs) results[output.name] = values[output.value];
  for (graph::ValueId id : graph.states) results[graph.value(id).name] = values[id];
  for (const graph::Parameter& parameter : graph.parameters) {
    results[parameter.name] = values[parameter.value];
  }
  return results;
}

HostTensor random_tensor(const graph::TensorType& type, uint64_t seed) {
  const Fill fill = graph::is_float(type.dtype) ? normal() : ids(2);
  std::vector<double> values;
  for (int64_t i = 0; i < type.elements(); ++i) values.push_back(fill(i, seed));
  return make_tensor(type, values);
}

NamedTensors complete(const graph::Graph& graph, NamedTensors given) {
  for (graph::ValueId id = 0; id < graph.values.size(); ++id) {
    const graph::Value& value = graph.value(id);
    if (value.kind == graph::ValueKind::kNode || given.contains(value.name)) continue;
    // By name, so that graphs rewritten by a pass see the same numbers.
    given[value.name] = random_tensor(value.type, std::hash<std::string>()(value.name));
  }
  return given;
}

}  // namespace lmos::test
