#include <map>
#include <optional>
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
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

constexpr size_t kMostProducts = 3;  // of rms_norm_linear

// A product of a norm that can join it: without a bias, of w [O, I].
struct Product {
  ValueId x, weight, scale;  // scale: kNoValue where the weight is not quantised
};

std::optional<Product> product_of(const Node& node) {
  const auto& inputs = node.inputs;
  if (node.op->name == "linear" && inputs[2] == kNoValue &&
      node.attributes.integer("transposed") == 0)
    return Product{inputs[0], inputs[1], kNoValue};
  if (node.op->name == "linear_quantized" && inputs[3] == kNoValue)
    return Product{inputs[0], inputs[1], inputs[2]};
  return std::nullopt;
}

struct Fusion {
  std::string_view op;
  std::vector<ValueId> operands, outputs;
  graph::Attributes attributes;
};

// By the index of the node at whose place the fused one stands.
using Fusions = std::map<size_t, Fusion>;

class Matcher {
 public:
  Matcher(const Graph& graph, const Supports& supports)
      : graph_(graph), supports_(supports), changes_(graph), users_(users_of(graph)) {}

  void match(size_t norm, Fusions& fusions) const {
    const Node& node = graph_.nodes[norm];
    if (node.op->name != "rms_norm" || !users_[node.outputs[1]].empty()) return;
    const std::vector<size_t>& products = users_[node.outputs[0]];
    if (products.empty() || products.size() > kMostProducts) return;
    for (const size_t product : products) {
      if (product == graph_.nodes.size()) return;
      const auto found = product_of(graph_.nodes[product]);
      if (!found || found->x != node.outputs[0]) return;
    }
    if (match_swiglu(norm, products, fusions)) return;
    const size_t place = products[0];
    if (changes_.operand_changed(node, norm, place)) return;
    Fusion fusion{"rms_norm_linear", node.inputs, {}, node.attributes};
    std::vector<ValueId> scales(kMostProducts, kNoValue);
    for (size_t i = 0; i < products.size(); ++i) {
      const Product product = *product_of(graph_.nodes[products[i]]);
      for (const ValueId operand : {product.weight, product.scale})
        if (operand != kNoValue && !is_same_at(operand, place, products[i])) return;
      fusion.operands.push_back(product.weight);
      scales[i] = product.scale;
      fusion.outputs.push_back(graph_.nodes[products[i]].outputs[0]);
    }
    fusion.operands.resize(node.inputs.size() + kMostProducts, kNoValue);
    fusion.operands.insert(fusion.operands.end(), scales.begin(), scales.end());
    add(place, std::move(fusion), fusions);
  }

 private:
  // Whether node `place` may read an operand of the later node `product`.
  bool is_same_at(ValueId operand, size_t place, size_t product) const {
    const graph::Value& value = graph_.value(operand);
    const bool defined = value.kind != graph::ValueKind::kNode || value.node < place;
    return defined && !changes_.changed(operand, place, product);
  }

  // Two products that only one swiglu reads.
  bool match_swiglu(size_t norm, const std::vector<size_t>& products, Fusions& fusions) const {
    if (products.size() != 2) return false;
    for (const size_t product : products)
      if (users_[graph_.nodes[product].outputs[0]].size() != 1) return false;
    const size_t place = users_[graph_.nodes[products[0]].outputs[0]].front();
    if (place == graph_.nodes.size() || graph_.nodes[place].op->name != "swiglu") return false;
    const Node& node = graph_.nodes[norm];
    const Node& swiglu = graph_.nodes[place];
    if (changes_.operand_changed(node, norm, place)) return false;
    Fusion fusion{"rms_norm_swiglu", node.inputs, swiglu.outputs, node.attributes};
    std::vector<ValueId> scales;
    for (const ValueId side : swiglu.inputs) {
      const graph::Value& value = graph_.value(side);
      if (value.kind != graph::ValueKind::kNode) return false;
      const Node& linear = graph_.nodes[value.node];
      const auto product = product_of(linear);
      if (!product || product->x != node.outputs[0] ||
          changes_.operand_changed(linear, value.node, place)) {
        return false;
      }
      fusion.operands.push_back(product->weight);
      scales.push_back(product->scale);
    }
    fusion.operands.insert(fusion.operands.end(), scales.begin(), scales.end());
    return add(place, std::move(fusion), fusions);
  }

  bool add(size_t place, Fusion fusion, Fusions& fusions) const {
    if (!supports_new(supports_, graph_, fusion.op, fusion.operands, fusion.attributes))
      return false;
    fusions.emplace(place, std::move(fusion));
    return true;
  }

  const Graph& graph_;
  const Supports& supports_;
  StateChanges changes_;
  std::vector<std::vector<size_t>> users_;
};

}  // namespace

Graph fuse_rms_norm_products(const Graph& graph, const Supports& supports) {
  const Matcher matcher(graph, supports);
  Fusions fusions;
  for (size_t index = 0; index < graph.nodes.size(); ++index) matcher.match(index, fusions);
  if (fusions.empty()) return graph;
  std::vector<bool> replaced(graph.values.size());
  for (const auto& [place, fusion] : fusions)
    for (const ValueId output : fusion.outputs) replaced[output] = true;
  Rewriter rewriter(graph);
  for (size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    const auto found = fusions.find(index);
    if (found == fusions.end()) {
      if (node.outputs.empty() || !replaced[node.outputs[0]]) rewriter.copy(node);
      continue;
    }
    const Fusion& fusion = found->second;
    rewriter.builder().set_block(node.block);
    rewriter.replace(
        fusion.outputs,
        rewriter.builder().node(fusion.op, rewriter.map(fusion.operands), fusion.attributes));
  }
  return eliminate_dead(rewriter.finish());
}

}  // namespace lmos::passes
