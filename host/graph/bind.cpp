#include "errors/error.h"
#include "graph/graph.h"
#include "graph/op.h"

namespace lmos::graph {
namespace {

void replace_symbol(int64_t& number, const std::vector<int64_t>& numbers) {
  if (LMOS_IS_SYMBOL(number)) number = numbers.at(static_cast<size_t>(number - INT64_MIN));
}

void replace_symbols(Attributes& attributes, const std::vector<int64_t>& numbers) {
  Attributes replaced;
  for (auto [name, attribute] : attributes.all()) {
    if (auto* number = std::get_if<int64_t>(&attribute)) replace_symbol(*number, numbers);
    if (auto* list = std::get_if<std::vector<int64_t>>(&attribute)) {
      for (int64_t& number : *list) replace_symbol(number, numbers);
    }
    replaced.set(name, std::move(attribute));
  }
  attributes = std::move(replaced);
}

}  // namespace

Graph bind(const Graph& graph, const std::map<std::string, int64_t, std::less<>>& values) {
  std::vector<int64_t> numbers;
  for (const std::string& symbol : graph.symbols) {
    const auto found = values.find(symbol);
    if (found == values.end()) {
      throw Error(ErrorKind::kUsage, "the dimension '" + symbol + "' of the graph has no value");
    }
    if (found->second < 1) {
      throw Error(ErrorKind::kUsage, "the dimension '" + symbol +
                                         "' of the graph must be at least 1, not " +
                                         std::to_string(found->second));
    }
    numbers.push_back(found->second);
  }
  Graph bound = graph;
  bound.symbols.clear();
  for (Value& value : bound.values) {
    for (int64_t& dim : value.type.dims) replace_symbol(dim, numbers);
  }
  for (size_t index = 0; index < bound.nodes.size(); ++index) {
    Node& node = bound.nodes[index];
    replace_symbols(node.attributes, numbers);
    // Rules that symbols could not decide, such as a slice's end, are decided now.
    const auto types = infer_types(bound, index, *node.op, node.inputs, node.attributes);
    for (size_t i = 0; i < types.size(); ++i) bound.values[node.outputs[i]].type = types[i];
  }
  return bound;
}

}  // namespace lmos::graph
