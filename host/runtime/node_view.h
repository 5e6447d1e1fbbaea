// A node of a bound graph as backends see it, and as messages name it.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "llmasos/graph.h"

namespace lmos::runtime {

// Owns the arrays of an lmos_node. The graph outlives the view.
class NodeView {
 public:
  // Throws kInternal if a shape still has a symbol.
  NodeView(const graph::Graph& graph, const graph::Node& node);
  NodeView(const NodeView&) = delete;
  NodeView& operator=(const NodeView&) = delete;

  const lmos_node& get() const { return view_; }

 private:
  lmos_node view_;
  std::vector<lmos_tensor_info> inputs_, outputs_;
  std::vector<lmos_attribute> attributes_;
};

// "f32[2,3], f32[3,4] -> f32[2,4]"
std::string shapes_of(const graph::Graph& graph, const graph::Node& node);

}  // namespace lmos::runtime
