#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/op.h"
#include "passes/fuse.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"
#include "passes/state_changes.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

struct Pair {
  size_t add, norm, place;  // indexes of nodes
};

bool is_norm(const Node& node) {
  return node.op->name == "rms_norm" || node.op->name == "layer_norm";
}
std::string fused_name(const Node& norm) { return "add_" + std::string(norm.op->name); }

// Of the fused node.
std::vector<ValueId> fused_operands(const Node& add, const Node& norm) {
  std::vector ids{add.inputs[0], add.inputs[1]};
  ids.insert(ids.end(), norm.inputs.begin() + 1, norm.inputs.end());
  return ids;
}

class Matcher {
 public:
  Matcher(const Graph& graph, const Supports& supports)
      : graph_(graph), supports_(supports), changes_(graph), users_(users_of(graph)) {}

  // The pair whose norm is node `norm`, if it is one.
  std::optional<Pair> match(size_t norm) const {
    const Node& node = graph_.nodes[norm];
    if (!is_norm(node)) return std::nullopt;
    const graph::Value& sum = graph_.value(node.inputs[0]);
    if (sum.kind != graph::ValueKind::kNode || graph_.nodes[sum.node].op->name != "add") {
      return std::nullopt;
    }
    const size_t add = sum.node;
    const auto place = find_place(add, norm);
    if (!place || !supported(graph_.nodes[add], node)) return std::nullopt;
    return Pair{add, norm, *place};
  }

 private:
  std::optional<size_t> find_place(size_t add, size_t norm) const {
    const Node& node = graph_.nodes[norm];
    const bool ready = std::all_of(node.inputs.begin() + 1, node.inputs.end(), [&](ValueId weight) {
      const graph::Value& value = graph_.value(weight);
      const bool defined = value.kind != graph::ValueKind::kNode || value.node < add;
      return defined && !changes_.changed(weight, add, norm);
    });
    if (ready) return add;
    const bool sum_waits = users_[graph_.nodes[add].outputs[0]].front() == norm;
    if (sum_waits && !changes_.operand_changed(graph_.nodes[add], add, norm)) return norm;
    return std::nullopt;
  }

  bool supported(const Node& add, const Node& norm) const {
    return supports_new(supports_, graph_, fused_name(norm), fused_operands(add, norm),
                        norm.attributes);
  }

  const Graph& graph_;
  const Supports& supports_;
  StateChanges changes_;
  std::vector<std::vector<size_t>> users_;
};

}  // namespace

Graph fuse_add_norm(const Graph& graph, const Supports& supports) {
  const Matcher matcher(graph, supports);
  std::map<size_t, Pair> by_add;  // the first norm of each sum
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    if (const auto pair = matcher.match(index)) by_add.emplace(pair->add, *pair);
  }
  std::map<size_t, Pair> by_node;
  for (const auto& [add, pair] : by_add) {
    by_node.emplace(add, pair);
    by_node.emplace(pair.norm, pair);
  }
  Rewriter rewriter(graph);
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const auto found = by_node.find(index);
    if (found == by_node.end()) {
      rewriter.copy(graph.nodes[index]);
    } else if (found->second.place == index) {
      const Node& add = graph.nodes[found->second.add];
      const Node& norm = graph.nodes[found->second.norm];
      rewriter.builder().set_block(graph.nodes[index].block);
      std::vector outputs{add.outputs[0]};
      outputs.insert(outputs.end(), norm.outputs.begin(), norm.outputs.end());
      rewriter.replace(
          outputs, rewriter.builder().node(
                       fused_name(norm), rewriter.map(fused_operands(add, norm)), norm.attributes));
    }
  }
  return rewriter.finish();
}

}  // namespace lmos::passes
