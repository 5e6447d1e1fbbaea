#include "graph/ops/all.h"
#include "graph/ops/attention_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kDy, kQ, kK, kV, kY, kLse, kSegments, kState };

std::vector<TensorType> infer(const InferContext& context) {
  require_query_key_value(context, kQ);
  require_sequences(context, kQ, kSegments);
  require_dropout(context, kState);
  const TensorType& q = context.inputs[kQ];
  require_type(context, kDy, q);
  require_type(context, kY, q);
  require_type(context, kLse, {wide_dtype(q.dtype), {q.dims[0], q.dims[1]}});
  return {q, context.inputs[kK], context.inputs[kV]};
}

// With P = exp(scores − lse) and D the dropout:  dV = D(P)ᵀ dY,  dP = D(dY Vᵀ),
// dS = P · (dP − rowsum(dY · Y)) · scale,  dQ = dS K,  dK = dSᵀ Q (Dao et al. 2022, FlashAttention,
// appendix B).
std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const AttentionLayout layout(b.type(node.inputs[kQ]), b.type(node.inputs[kK]),
                               node.attributes.integer("sequence"));
  const lmos_dtype dtype = b.type(node.inputs[kQ]).dtype;
  const ValueId dy = layout.split(b, node.inputs[kDy]);
  const ValueId q = layout.split(b, node.inputs[kQ]);
  const ValueId k = layout.split_grouped(b, node.inputs[kK]);
  const ValueId v = layout.split_grouped(b, node.inputs[kV]);
  const lmos_dtype wide = b.type(q).dtype;

  const ValueId scores = layout.scores(b, q, k, node.inputs[kSegments], node.attributes);
  const std::vector<int64_t> dims = b.type(scores).dims;
  const ValueId lse = b.broadcast(layout.split_statistic(b, node.inputs[kLse]), dims);
  const ValueId probabilities = b.one("exp", {b.sub(scores, lse)});

  const ValueId state = node.inputs[kState];
  const ValueId kept = after_dropout(b, probabilities, state, node.attributes);
  const ValueId dv = matmul(b, kept, dy, true, false, wide);
  const ValueId dprobabilities =
      after_dropout(b, matmul(b, dy, v, false, true, wide), state, node.attributes);
  const ValueId row_sum = sum_over_last(b, b.mul(dy, layout.split(b, node.inputs[kY])), true);
  const ValueId centred = b.sub(dprobabilities, b.broadcast(row_sum, dims));
  const ValueId dscores = scaled(b, b.mul(probabilities, centred), node.attributes.number("scale"));
  const ValueId dq = matmul(b, dscores, k, false, false, wide);
  const ValueId dk = matmul(b, dscores, q, true, false, wide);
  return {b.cast(layout.join(b, dq), dtype), b.cast(layout.join_grouped(b, dk), dtype),
          b.cast(layout.join_grouped(b, dv), dtype)};
}

// The scores again, and four products.
double count_flops(const Graph& graph, const Node& node) {
  return 2.5 * attention_flops(graph, node.inputs[kQ], node.attributes);
}

}  // namespace

const Op kAttentionGrad{
    .name = "attention_grad",
    .operands = {"dy", "q", "k", "v", "y", "lse", "segments", "state"},
    .optional_inputs = 2,
    .attributes = {{"scale", AttributeKind::kFloat},
                   {"causal", AttributeKind::kInt},
                   {"sequence", AttributeKind::kInt},
                   {"rate", AttributeKind::kFloat, Presence::kOptional},
                   {"site", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
