#include "errors/error.h"
#include "graph/graph.h"
#include "graph/op.h"

namespace lmos::graph {
namespace {

// The values of a graph's symbols.
class Symbols {
 public:
  Symbols(const Graph& graph, const std::map<std::string, int64_t, std::less<>>& values)
      : graph_(graph), values_(values) {}

  void replace(int64_t& number) const {
    if (!LMOS_IS_SYMBOL(number)) return;
    const std::string& symbol = graph_.symbols.at(static_cast<size_t>(number - INT64_MIN));
    const auto found = values_.find(symbol);
    if (found == values_.end()) {
      throw Error(ErrorKind::kUsage, "the dimension '" + symbol + "' of the graph has no value");
    }
    number = found->second;
    if (number < 1) {
      throw Error(ErrorKind::kUsage, "the dimension '" + symbol +
                                         "' of the graph must be at least 1, not " +
                                         std::to_string(number));
    }
  }

  Attributes replaced(const Attributes& attributes) const {
    Attributes result;
    for (auto [name, attribute] : attributes.all()) {
      if (auto* number = std::get_if<int64_t>(&attribute)) replace(*number);
      if (auto* list = std::get_if<std::vector<int64_t>>(&attribute)) {
        for (int64_t& number : *list) replace(number);
      }
      result.set(name, std::move(attribute));
    }
    return result;
  }

 private:
  const Graph& graph_;
  const std::map<std::string, int64_t, std::less<>>& values_;
};

}  // namespace

Graph bind(const Graph& graph, const std::map<std::string, int64_t, std::less<>>& values) {
  const Symbols symbols(graph, values);
  Graph bound = graph;
  bound.symbols.clear();
  for (Value& value : bound.values) {
    for (int64_t& dim : value.type.dims) symbols.replace(dim);
  }
  for (size_t index = 0; index < bound.nodes.size(); ++index) {
    Node& node = bound.nodes[index];
    node.attributes = symbols.replaced(node.attributes);
    // Rules that symbols could not decide, such as a slice's end, are decided now.
    const auto types = infer_types(bound, index, *node.op, node.inputs, node.attributes);
    for (size_t i = 0; i < types.size(); ++i) bound.values[node.outputs[i]].type = types[i];
  }
  return bound;
}

}  // namespace lmos::graph
