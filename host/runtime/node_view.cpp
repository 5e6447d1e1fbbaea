#include "runtime/node_view.h"

#include <algorithm>

#include "errors/error.h"
#include "graph/op.h"

namespace lmos::runtime {
namespace {

lmos_string borrow(std::string_view text) { return {text.data(), text.size()}; }

lmos_tensor_info tensor_info(const graph::Graph& graph, graph::ValueId id) {
  lmos_tensor_info info{.struct_size = sizeof info};
  if (id == graph::kNoValue) return info;
  const graph::TensorType& type = graph.type(id);
  if (type.dims.size() > LMOS_MAX_RANK) {
    throw Error(ErrorKind::kInternal, "a tensor of rank " + std::to_string(type.rank()) +
                                          "; the most is " + std::to_string(LMOS_MAX_RANK));
  }
  type.elements();  // throws if a dimension is a symbol
  info.dtype = type.dtype;
  info.rank = static_cast<uint32_t>(type.dims.size());
  std::copy(type.dims.begin(), type.dims.end(), info.dims);
  return info;
}

struct AttributeWriter {
  lmos_attribute& out;
  void operator()(int64_t value) const {
    out.kind = LMOS_ATTRIBUTE_INT;
    out.int_value = value;
  }
  void operator()(double value) const {
    out.kind = LMOS_ATTRIBUTE_FLOAT;
    out.float_value = value;
  }
  void operator()(const std::vector<int64_t>& values) const {
    out.kind = LMOS_ATTRIBUTE_INTS;
    out.ints = values.data();
    out.count = values.size();
  }
  void operator()(const std::vector<double>& values) const {
    out.kind = LMOS_ATTRIBUTE_FLOATS;
    out.floats = values.data();
    out.count = values.size();
  }
};

}  // namespace

NodeView::NodeView(const graph::Graph& graph, const graph::Node& node) {
  for (graph::ValueId id : node.inputs) inputs_.push_back(tensor_info(graph, id));
  for (graph::ValueId id : node.outputs) outputs_.push_back(tensor_info(graph, id));
  for (const auto& [name, value] : node.attributes.all()) {
    lmos_attribute attribute{.struct_size = sizeof attribute};
    attribute.name = borrow(name);
    std::visit(AttributeWriter{attribute}, value);
    attributes_.push_back(attribute);
  }
  view_ = {.struct_size = sizeof view_,
           .reserved = 0,
           .op = borrow(node.op->name),
           .inputs = inputs_.data(),
           .input_count = inputs_.size(),
           .outputs = outputs_.data(),
           .output_count = outputs_.size(),
           .attributes = attributes_.data(),
           .attribute_count = attributes_.size()};
}

std::string shapes_of(const graph::Graph& graph, const graph::Node& node) {
  auto list = [&](const std::vector<graph::ValueId>& ids) {
    std::string text;
    for (graph::ValueId id : ids) {
      if (!text.empty()) text += ", ";
      text += id == graph::kNoValue ? "_" : graph::to_string(graph.type(id), &graph);
    }
    return text;
  };
  return list(node.inputs) + " -> " + list(node.outputs);
}

}  // namespace lmos::runtime
