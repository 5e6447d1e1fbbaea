#include "autodiff/autodiff.h"

#include <algorithm>
#include <memory>
#include <string>

#include "errors/error.h"
#include "graph/builder.h"
#include "graph/op.h"
#include "graph/print.h"

namespace lmos::autodiff {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

// For each value, whether it depends on one of `wrt` through float values. Integers carry no
// gradient.
std::vector<bool> dependent_values(const Graph& graph, std::span<const ValueId> wrt) {
  std::vector<bool> dependent(graph.values.size());
  for (ValueId id : wrt) dependent[id] = true;
  for (const Node& node : graph.nodes) {
    const bool any = std::any_of(node.inputs.begin(), node.inputs.end(),
                                 [&](ValueId id) { return id != kNoValue && dependent[id]; });
    if (!any) continue;
    for (ValueId id : node.outputs) {
      if (graph::is_float(graph.type(id).dtype)) dependent[id] = true;
    }
  }
  return dependent;
}

class Backward {
 public:
  Backward(Graph& graph, std::span<const ValueId> wrt)
      : graph_(graph),
        builder_(graph),
        dependent_(dependent_values(graph, wrt)),
        gradients_(graph.values.size(), kNoValue) {}

  void seed(ValueId loss, ValueId seed) {
    if (dependent_[loss]) gradients_[loss] = seed;
  }

  ValueId gradient(ValueId value) const { return gradients_[value]; }

  // Emits the VJP of node `index`, and adds the gradients of its inputs to theirs.
  void visit(size_t index) {
    // A copy: the builder moves the nodes.
    const Node node = graph_.nodes[index];
    std::vector<ValueId> output_gradients;
    bool reached = false;
    for (ValueId output : node.outputs) {
      output_gradients.push_back(gradients_[output]);
      reached |= gradients_[output] != kNoValue;
    }
    if (!reached) return;
    const auto wanted = std::make_unique<bool[]>(node.inputs.size());
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      wanted[i] = node.inputs[i] != kNoValue && dependent_[node.inputs[i]];
    }
    if (!node.op->vjp) {
      throw Error(ErrorKind::kInternal,
                  "node " + std::to_string(index) + ", " + print(graph_, node) +
                      ", is not differentiable: " + std::string(node.op->not_differentiable));
    }
    builder_.set_block(node.block);
    const auto input_gradients =
        node.op->vjp({builder_, node, output_gradients, {wanted.get(), node.inputs.size()}});
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (wanted[i] && input_gradients[i] != kNoValue)
        add(index, node.inputs[i], input_gradients[i]);
    }
  }

 private:
  void add(size_t index, ValueId value, ValueId contribution) {
    check(index, value, contribution);
    ValueId& sum = gradients_[value];
    if (sum == kNoValue) {
      sum = contribution;
      return;
    }
    // Of two dtypes, one is the wider dtype that a product gave to a weight's gradient.
    if (graph_.type(sum).dtype != graph_.type(contribution).dtype) {
      sum = builder_.cast(sum, LMOS_F32);
      contribution = builder_.cast(contribution, LMOS_F32);
    }
    sum = builder_.add(sum, contribution);
  }

  void check(size_t index, ValueId value, ValueId gradient) const {
    const graph::TensorType& type = graph_.type(value);
    const graph::TensorType& gradient_type = graph_.type(gradient);
    const bool widened = gradient_type.dtype == LMOS_F32 && graph::dtype_bytes(type.dtype) < 4;
    if (gradient_type.dims == type.dims && (gradient_type.dtype == type.dtype || widened)) return;
    throw Error(ErrorKind::kInternal, "the VJP of node " + std::to_string(index) + ", " +
                                          std::string(graph_.nodes[index].op->name) + ", gives " +
                                          to_string(gradient_type, &graph_) + " as gradient of a " +
                                          to_string(type, &graph_));
  }

  Graph& graph_;
  graph::Builder builder_;
  const std::vector<bool> dependent_;  // by forward value
  std::vector<ValueId> gradients_;     // by forward value: the sum so far
};

}  // namespace

std::vector<ValueId> gradients(Graph& graph, std::span<const Loss> losses,
                               std::span<const ValueId> wrt) {
  for (const auto& [value, seed] : losses)
    if (graph.type(seed) != graph.type(value) || !graph::is_float(graph.type(value).dtype)) {
      throw Error(ErrorKind::kInternal, "the loss is " + to_string(graph.type(value), &graph) +
                                            " and its seed " + to_string(graph.type(seed), &graph) +
                                            "; they must be of one type, of a float dtype");
    }
  Backward backward(graph, wrt);
  for (const auto& [value, seed] : losses) backward.seed(value, seed);
  for (size_t index = graph.nodes.size(); index-- > 0;) backward.visit(index);
  std::vector<ValueId> result;
  for (ValueId id : wrt) result.push_back(backward.gradient(id));
  return result;
}

}  // namespace lmos::autodiff
