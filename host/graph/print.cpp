#include "graph/print.h"

#include <charconv>

#include "graph/op.h"

namespace lmos::graph {
namespace {

std::string number_text(double number) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

template <class List, class Text>
std::string list_text(const List& list, Text text) {
  std::string joined;
  for (const auto& element : list) {
    if (!joined.empty()) joined += ", ";
    joined += text(element);
  }
  return joined;
}

std::string value_text(ValueId id) { return id == kNoValue ? "_" : "%" + std::to_string(id); }

std::string attribute_text(std::string_view name, const Attribute& attribute,
                           const Graph* symbols) {
  const auto dimension = [&](int64_t number) { return dimension_name(number, symbols); };
  if (const auto* integer = std::get_if<int64_t>(&attribute)) {
    if (name == "dtype") return std::string(dtype_name(static_cast<lmos_dtype>(*integer)));
    return dimension(*integer);
  }
  if (const auto* number = std::get_if<double>(&attribute)) return number_text(*number);
  if (const auto* integers = std::get_if<std::vector<int64_t>>(&attribute)) {
    return "[" + list_text(*integers, dimension) + "]";
  }
  return "[" + list_text(std::get<std::vector<double>>(attribute), number_text) + "]";
}

std::string declaration(const Graph& graph, std::string_view kind, ValueId id) {
  return std::string(kind) + " " + value_text(id) + " " + graph.value(id).name + " : " +
         to_string(graph.type(id), &graph);
}

std::string parameter_line(const Graph& graph, const Parameter& parameter) {
  std::string line = declaration(graph, "parameter", parameter.value);
  if (!parameter.axes.empty()) {
    line +=
        " axes [" + list_text(parameter.axes, [](const std::string& axis) { return axis; }) + "]";
  }
  if (parameter.init == Init::kOnes) line += " init ones";
  if (parameter.init == Init::kNormal) line += " init normal " + number_text(parameter.init_scale);
  if (parameter.decay) line += " decay";
  return line;
}

}  // namespace

std::string to_string(const Attributes& attributes, const Graph* symbols) {
  return list_text(attributes.all(), [&](const auto& entry) {
    return entry.first + "=" + attribute_text(entry.first, entry.second, symbols);
  });
}

std::string print(const Graph& graph, const Node& node) {
  std::string line = list_text(node.outputs, value_text);
  if (!line.empty()) line += " = ";
  line += std::string(node.op->name) + "(" + list_text(node.inputs, value_text) + ")";
  const std::string attributes = to_string(node.attributes, &graph);
  if (!attributes.empty()) line += " {" + attributes + "}";
  if (!node.outputs.empty()) {
    line += " : " +
            list_text(node.outputs, [&](ValueId id) { return to_string(graph.type(id), &graph); });
  }
  return line;
}

std::string print(const Graph& graph) {
  std::string text;
  for (ValueId id : graph.inputs) text += declaration(graph, "input", id) + "\n";
  for (const Parameter& parameter : graph.parameters)
    text += parameter_line(graph, parameter) + "\n";
  for (ValueId id : graph.states) text += declaration(graph, "state", id) + "\n";
  int32_t block = kNoBlock;
  for (const Node& node : graph.nodes) {
    if (node.block != block && node.block != kNoBlock) {
      text += "block " + graph.blocks[static_cast<size_t>(node.block)] + "\n";
    }
    block = node.block;
    text += (block == kNoBlock ? "" : "  ") + print(graph, node) + "\n";
  }
  for (const Output& output : graph.outputs) {
    text += "output " + output.name + " = " + value_text(output.value) + "\n";
  }
  return text;
}

}  // namespace lmos::graph
