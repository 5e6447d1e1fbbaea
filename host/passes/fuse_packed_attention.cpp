#include <optional>
#include <vector>

#include "graph/op.h"
#include "passes/eliminate_dead.h"
#include "passes/fuse.h"
#include "passes/pattern.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

// Operands of attention_grad; those of attention begin with q, k, v, segments, state.
enum GradOperand : size_t { kDy, kQ, kK, kV, kY, kLse, kSegments, kState };

struct PackedGrad {
  ValueId qkv;
  ValueId joined;  // the concat of its results
};

class PackedMatcher {
 public:
  PackedMatcher(const Graph& graph, const Supports& supports)
      : graph_(graph), supports_(supports), users_(users_of(graph)) {}

  // The value [T, (H + 2K) D] that q, k and v are the parts of.
  std::optional<ValueId> match(const Node& node) const {
    if (node.op->name != "attention" || node.inputs[4] != kNoValue) return std::nullopt;
    const auto qkv = packed(node.inputs[0], node.inputs[1], node.inputs[2]);
    if (!qkv) return std::nullopt;
    std::vector types{packed_type(*qkv, node.inputs[0])};
    if (node.inputs[3] != kNoValue) types.push_back(graph_.type(node.inputs[3]));
    return supports_new(supports_, "packed_attention", types, attributes(node, node.inputs[0]))
               ? qkv
               : std::nullopt;
  }

  std::optional<PackedGrad> match_grad(const Node& node) const {
    if (node.op->name != "attention_grad" || node.inputs[kState] != kNoValue) return std::nullopt;
    const auto qkv = packed(node.inputs[kQ], node.inputs[kK], node.inputs[kV]);
    const ValueId joined = qkv ? joined_results(node) : kNoValue;
    if (joined == kNoValue || graph_.type(joined) != graph_.type(*qkv)) return std::nullopt;
    std::vector types{graph_.type(node.inputs[kDy]), packed_type(*qkv, node.inputs[kQ]),
                      graph_.type(node.inputs[kY]), graph_.type(node.inputs[kLse])};
    if (node.inputs[kSegments] != kNoValue) types.push_back(graph_.type(node.inputs[kSegments]));
    if (!supports_new(supports_, "packed_attention_grad", types, attributes(node, node.inputs[kQ])))
      return std::nullopt;
    return PackedGrad{*qkv, joined};
  }

  graph::Attributes attributes(const Node& node, ValueId q) const {
    return {{"heads", graph_.type(q).dims[1]},
            {"scale", node.attributes.number("scale")},
            {"causal", node.attributes.integer("causal")},
            {"sequence", node.attributes.integer("sequence")}};
  }
  // `qkv` as [T, H + 2K, D].
  graph::TensorType packed_type(ValueId qkv, ValueId q) const {
    const graph::TensorType& rows = graph_.type(qkv);
    const int64_t dim = graph_.type(q).dims[2];
    return {rows.dtype, {rows.dims[0], rows.dims[1] / dim, dim}};
  }

 private:
  std::optional<ValueId> packed(ValueId q, ValueId k, ValueId v) const {
    ValueId source = kNoValue;
    int64_t end = 0;
    for (ValueId part : {q, k, v}) {
      const Node* reshape = made_by(graph_, part, "reshape");
      const Node* slice =
          reshape == nullptr ? nullptr : made_by(graph_, reshape->inputs[0], "slice");
      if (slice == nullptr || slice->attributes.integer("axis") != 1 ||
          graph_.type(slice->inputs[0]).rank() != 2 || slice->attributes.integer("begin") != end ||
          (source != kNoValue && source != slice->inputs[0]))
        return std::nullopt;
      source = slice->inputs[0];
      end = slice->attributes.integer("end");
    }
    // A state may change before it is read again.
    if (graph_.value(source).kind != graph::ValueKind::kNode || end != graph_.type(source).dims[1])
      return std::nullopt;
    return source;
  }

  const Node* only_user(ValueId id, std::string_view op) const {
    if (users_[id].size() != 1 || users_[id][0] >= graph_.nodes.size()) return nullptr;
    const Node& node = graph_.nodes[users_[id][0]];
    return node.op->name == op ? &node : nullptr;
  }

  // concat(reshape(dq), reshape(dk), reshape(dv)) along axis 1, read by nothing else; or kNoValue.
  ValueId joined_results(const Node& grad) const {
    const Node* join = nullptr;
    for (size_t i = 0; i < 3; ++i) {
      const Node* reshape = only_user(grad.outputs[i], "reshape");
      const Node* user = reshape == nullptr ? nullptr : only_user(reshape->outputs[0], "concat");
      if (user == nullptr || user->inputs.size() != 3 || user->inputs[i] != reshape->outputs[0] ||
          user->attributes.integer("axis") != 1 || (join != nullptr && user != join))
        return kNoValue;
      join = user;
    }
    return join->outputs[0];
  }

  const Graph& graph_;
  const Supports& supports_;
  std::vector<std::vector<size_t>> users_;
};

}  // namespace

Graph fuse_packed_attention(const Graph& graph, const Supports& supports) {
  const PackedMatcher matcher(graph, supports);
  Rewriter rewriter(graph);
  std::vector<bool> gone(graph.values.size());  // gradients of q, k and v, and their reshapes
  std::vector<bool> joined(graph.values.size());
  bool changed = false;
  for (const Node& node : graph.nodes) {
    graph::Builder& b = rewriter.builder();
    const auto pack = [&](ValueId qkv, ValueId q) {
      b.set_block(node.block);
      return b.reshape(rewriter.map(qkv), matcher.packed_type(qkv, q).dims);
    };
    if (const auto qkv = matcher.match(node)) {
      const std::vector inputs{pack(*qkv, node.inputs[0]), rewriter.map(node.inputs[3])};
      rewriter.replace(node.outputs, b.node("packed_attention", inputs,
                                            matcher.attributes(node, node.inputs[0])));
      changed = true;
    } else if (const auto grad = matcher.match_grad(node)) {
      const std::vector inputs{rewriter.map(node.inputs[kDy]), pack(grad->qkv, node.inputs[kQ]),
                               rewriter.map(node.inputs[kY]), rewriter.map(node.inputs[kLse]),
                               rewriter.map(node.inputs[kSegments])};
      const ValueId packed =
          b.node("packed_attention_grad", inputs, matcher.attributes(node, node.inputs[kQ]))[0];
      rewriter.replace(grad->joined, b.reshape(packed, graph.type(grad->joined).dims));
      joined[grad->joined] = true;
      for (ValueId id : node.outputs) gone[id] = true;
      changed = true;
    } else if (node.op->name == "reshape" && gone[node.inputs[0]]) {
      gone[node.outputs[0]] = true;
    } else if (node.outputs.empty() || !joined[node.outputs[0]]) {
      rewriter.copy(node);
    }
  }
  return changed ? eliminate_dead(rewriter.finish()) : graph;
}

}  // namespace lmos::passes
