#include "graph/ops/all.h"
#include "graph/ops/attention_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kDy, kQkv, kY, kLse, kSegments };

std::vector<TensorType> infer_packed_grad(const InferContext& context) {
  const TensorType y = packed_result(context, kQkv);
  require_sequences(context, kQkv, kSegments);
  require_type(context, kDy, y);
  require_type(context, kY, y);
  require_type(context, kLse, {wide_dtype(y.dtype), {y.dims[0], y.dims[1]}});
  return {context.inputs[kQkv]};
}

std::vector<ValueId> decompose_packed_grad(Builder& b, const Node& node) {
  const auto [q, k, v] = unpack_heads(b, node.inputs[kQkv], node.attributes.integer("heads"));
  const auto gradients = b.node("attention_grad",
                                std::vector{node.inputs[kDy], q, k, v, node.inputs[kY],
                                            node.inputs[kLse], node.inputs[kSegments], kNoValue},
                                unpacked_attributes(node.attributes));
  return b.node("concat", gradients, {{"axis", int64_t{1}}});
}

double count_packed_grad_flops(const Graph& graph, const Node& node) {
  return 2.5 * attention_flops(graph, node.inputs[kY], node.attributes);
}

}  // namespace

const Op kPackedAttentionGrad{
    .name = "packed_attention_grad",
    .operands = {"dy", "qkv", "y", "lse", "segments"},
    .optional_inputs = 1,
    .attributes = {{"heads", AttributeKind::kInt},
                   {"scale", AttributeKind::kFloat},
                   {"causal", AttributeKind::kInt},
                   {"sequence", AttributeKind::kInt}},
    .infer = infer_packed_grad,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose_packed_grad,
    .flops = count_packed_grad_flops,
};

}  // namespace lmos::graph
