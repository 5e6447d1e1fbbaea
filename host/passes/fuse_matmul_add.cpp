#include <vector>

#include "graph/op.h"
#include "passes/eliminate_dead.h"
#include "passes/fuse.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"
#include "passes/state_changes.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

graph::Attributes matmul_add_attributes(const Node& matmul) {
  return {{"transpose_a", matmul.attributes.integer("transpose_a")},
          {"transpose_b", matmul.attributes.integer("transpose_b")}};
}

class Sums {
 public:
  Sums(const Graph& graph, const Supports& supports)
      : graph_(graph), supports_(supports), changes_(graph), uses_(count_uses(graph)) {}

  // Which operand of the add is a product that can take the other one in: 2 if none is. The later
  // product does, since it is the one that can wait for the other.
  size_t product_operand(size_t add) const {
    const Node& node = graph_.nodes[add];
    if (node.op->name != "add") return 2;
    const bool first = fits(add, 0), second = fits(add, 1);
    if (first && second) {
      return graph_.value(node.inputs[0]).node > graph_.value(node.inputs[1]).node ? 0 : 1;
    }
    return first ? 0 : second ? 1 : 2;
  }

 private:
  bool fits(size_t add, size_t operand) const {
    const ValueId product = graph_.nodes[add].inputs[operand];
    const Node* matmul = made_by(graph_, product, "matmul");
    if (matmul == nullptr || uses_[product] != 1) return false;
    const graph::TensorType& a = graph_.type(matmul->inputs[0]);
    if (a.rank() != 2 || graph_.type(product).dtype != a.dtype ||
        changes_.operand_changed(*matmul, graph_.value(product).node, add)) {
      return false;
    }
    const std::vector operands{matmul->inputs[0], matmul->inputs[1], product};
    return supports_new(supports_, graph_, "matmul_add", operands, matmul_add_attributes(*matmul));
  }

  const Graph& graph_;
  const Supports& supports_;
  StateChanges changes_;
  std::vector<size_t> uses_;
};

}  // namespace

Graph fuse_matmul_add(const Graph& graph, const Supports& supports) {
  const Sums sums(graph, supports);
  Rewriter rewriter(graph);
  bool changed = false;
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    const size_t operand = sums.product_operand(index);
    if (operand == 2) {
      rewriter.copy(node);
      continue;
    }
    const Node& matmul = graph.nodes[graph.value(node.inputs[operand]).node];
    const std::vector inputs{matmul.inputs[0], matmul.inputs[1], node.inputs[1 - operand]};
    rewriter.builder().set_block(node.block);
    rewriter.replace(node.outputs, rewriter.builder().node("matmul_add", rewriter.map(inputs),
                                                           matmul_add_attributes(matmul)));
    changed = true;
  }
  return changed ? eliminate_dead(rewriter.finish()) : graph;
}

}  // namespace lmos::passes
