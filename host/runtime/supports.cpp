#include "runtime/supports.h"

#include "runtime/node_view.h"

namespace lmos::runtime {

passes::Supports supports_of(const Device& device) {
  return [&device](const graph::Graph& graph, const graph::Node& node) {
    return device.supports(NodeView(graph, node).get());
  };
}

}  // namespace lmos::runtime
