#include "graph/graph.h"

namespace lmos::graph {
namespace {

ValueId find_named(const Graph& graph, const std::vector<ValueId>& ids, std::string_view name) {
  for (ValueId id : ids) {
    if (graph.value(id).name == name) return id;
  }
  return kNoValue;
}

}  // namespace

ValueId Graph::find_input(std::string_view name) const { return find_named(*this, inputs, name); }

ValueId Graph::find_state(std::string_view name) const { return find_named(*this, states, name); }

ValueId Graph::find_output(std::string_view name) const {
  for (const Output& output : outputs) {
    if (output.name == name) return output.value;
  }
  return kNoValue;
}

const Parameter* Graph::find_parameter(std::string_view name) const {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

}  // namespace lmos::graph
