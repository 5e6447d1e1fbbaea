#include "passes/supports.h"

#include <string>
#include <vector>

#include "graph/builder.h"

namespace lmos::passes {

// Asks about a graph of that one node. Its operands are states, which any operand may be.
bool supports_new(const Supports& supports, std::string_view op,
                  std::span<const graph::TensorType> operands,
                  const graph::Attributes& attributes) {
  graph::Graph trial;
  graph::Builder builder(trial);
  std::vector<graph::ValueId> inputs;
  for (const graph::TensorType& type : operands) {
    inputs.push_back(builder.state(std::to_string(inputs.size()), type));
  }
  builder.node(op, inputs, attributes);
  return supports(trial, trial.nodes[0]);
}

}  // namespace lmos::passes
