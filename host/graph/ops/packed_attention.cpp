#include "graph/ops/all.h"
#include "graph/ops/attention_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kQkv, kSegments };

std::vector<TensorType> infer_packed(const InferContext& context) {
  const TensorType y = packed_result(context, kQkv);
  require_sequences(context, kQkv, kSegments);
  return {y, {wide_dtype(y.dtype), {y.dims[0], y.dims[1]}}};
}

std::vector<ValueId> decompose_packed(Builder& b, const Node& node) {
  const auto [q, k, v] = unpack_heads(b, node.inputs[kQkv], node.attributes.integer("heads"));
  return b.node("attention", std::vector{q, k, v, node.inputs[kSegments], kNoValue},
                unpacked_attributes(node.attributes));
}

double count_packed_flops(const Graph& graph, const Node& node) {
  return attention_flops(graph, node.outputs[0], node.attributes);
}

}  // namespace

const Op kPackedAttention{
    .name = "packed_attention",
    .operands = {"qkv", "segments"},
    .optional_inputs = 1,
    .attributes = {{"heads", AttributeKind::kInt},
                   {"scale", AttributeKind::kFloat},
                   {"causal", AttributeKind::kInt},
                   {"sequence", AttributeKind::kInt}},
    .infer = infer_packed,
    .not_differentiable = "it is made after the backward pass",
    .decompose = decompose_packed,
    .flops = count_packed_flops,
};

}  // namespace lmos::graph
