// How a pass asks what the chosen backend can run.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "graph/graph.h"

namespace lmos::passes {

// Whether a backend has a kernel for the node, which is one of the graph. All shapes are numbers.
using Supports = std::function<bool(const graph::Graph&, const graph::Node&)>;

// The same of a node that does not exist yet: `op` on operands of these types.
bool supports_new(const Supports& supports, std::string_view op,
                  std::span<const graph::TensorType> operands, const graph::Attributes& attributes);

// The same with values of a graph as operands, kNoValue where an optional one is absent.
bool supports_new(const Supports& supports, const graph::Graph& graph, std::string_view op,
                  std::span<const graph::ValueId> operands, const graph::Attributes& attributes);

}  // namespace lmos::passes
