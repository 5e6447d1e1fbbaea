#include <optional>
#include <vector>

#include "graph/op.h"
#include "passes/fuse.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

// A norm's gradient with what it can take over.
struct Fused {
  std::vector<ValueId> inputs, outputs;  // of the fused node, in the source
  graph::Attributes attributes;
};

class Matcher {
 public:
  Matcher(const Graph& graph, const Supports& supports)
      : graph_(graph), supports_(supports), users_(users_of(graph)) {}

  // What node `index` becomes, if it is such a gradient and the backend supports it.
  std::optional<Fused> match(size_t index) const {
    const Node& node = graph_.nodes[index];
    if (node.op->name != "layer_norm_grad" && node.op->name != "rms_norm_grad") return std::nullopt;
    const Fused plain{node.inputs, node.outputs, node.attributes};
    const auto added = with_added(plain, index);
    const Fused& best = added ? *added : plain;
    if (const auto summed = with_sum(best); summed && supported(node, *summed)) return summed;
    if (added && supported(node, *added)) return added;
    return std::nullopt;
  }

 private:
  bool supported(const Node& node, const Fused& fused) const {
    return supports_new(supports_, graph_, node.op->name, fused.inputs, fused.attributes);
  }

  // With the sum that is the only use of dx, if its other operand is there before the gradient.
  std::optional<Fused> with_added(const Fused& fused, size_t index) const {
    const Node& node = graph_.nodes[index];
    const ValueId dx = node.outputs[0];
    const bool taken =
        node.inputs.size() == node.op->operands.size() && node.inputs.back() != kNoValue;
    if (taken || users_[dx].size() != 1 || users_[dx][0] == graph_.nodes.size())
      return std::nullopt;
    const Node& add = graph_.nodes[users_[dx][0]];
    if (add.op->name != "add") return std::nullopt;
    const ValueId other = add.inputs[add.inputs[0] == dx ? 1 : 0];
    // A state may change before the sum stands.
    const graph::Value& value = graph_.value(other);
    if (value.kind != graph::ValueKind::kNode || value.node >= index) return std::nullopt;
    Fused added = fused;
    added.inputs.resize(node.op->operands.size() - 1);
    added.inputs.push_back(other);
    added.outputs[0] = add.outputs[0];
    return added;
  }

  // With the f32 sum of the result over its rows (after fuse_reduced_casts), if there is one.
  std::optional<Fused> with_sum(const Fused& fused) const {
    const graph::TensorType& type = graph_.type(fused.outputs[0]);
    if (fused.outputs.size() != 3 || type.rank() != 2) return std::nullopt;
    for (size_t user : users_[fused.outputs[0]]) {
      if (user == graph_.nodes.size()) continue;
      const Node& sum = graph_.nodes[user];
      if (sum.op->name != "reduce_sum" ||
          sum.attributes.integers("axes") != std::vector<int64_t>{0} ||
          graph_.type(sum.outputs[0]) != graph::TensorType{LMOS_F32, {type.dims.back()}})
        continue;
      Fused summed = fused;
      summed.outputs.push_back(sum.outputs[0]);
      summed.attributes.set("sum", int64_t{1});
      return summed;
    }
    return std::nullopt;
  }

  const Graph& graph_;
  const Supports& supports_;
  std::vector<std::vector<size_t>> users_;
};

}  // namespace

Graph fuse_norm_grad_sum(const Graph& graph, const Supports& supports) {
  const Matcher matcher(graph, supports);
  Rewriter rewriter(graph);
  std::vector<bool> emitted(graph.values.size());
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    if (const auto fused = matcher.match(index)) {
      rewriter.builder().set_block(node.block);
      rewriter.replace(
          fused->outputs,
          rewriter.builder().node(node.op->name, rewriter.map(fused->inputs), fused->attributes));
      for (ValueId id : fused->outputs) emitted[id] = true;
    } else if (node.outputs.empty() || !emitted[node.outputs[0]]) {
      rewriter.copy(node);
    }
  }
  return rewriter.finish();
}

}  // namespace lmos::passes
