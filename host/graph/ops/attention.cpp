#include "graph/ops/all.h"
#include "graph/ops/attention_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kQ, kK, kV, kSegments, kState };
enum Result : size_t { kY, kLse };

std::vector<TensorType> infer(const InferContext& context) {
  require_query_key_value(context, kQ);
  require_sequences(context, kQ, kSegments);
  require_dropout(context, kState);
  const TensorType& q = context.inputs[kQ];
  return {q, {wide_dtype(q.dtype), {q.dims[0], q.dims[1]}}};
}

std::vector<ValueId> vjp(const VjpContext& context) {
  refuse_gradient(context, kLse, "lse");
  const Node& node = context.node;
  auto gradients = context.builder.node(
      "attention_grad",
      std::vector{context.output_gradients[kY], node.inputs[kQ], node.inputs[kK], node.inputs[kV],
                  node.outputs[kY], node.outputs[kLse], node.inputs[kSegments],
                  node.inputs[kState]},
      node.attributes);
  gradients.resize(node.inputs.size(), kNoValue);
  return gradients;
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const AttentionLayout layout(b.type(node.inputs[kQ]), b.type(node.inputs[kK]),
                               node.attributes.integer("sequence"));
  const ValueId q = layout.split(b, node.inputs[kQ]);
  const ValueId k = layout.split_grouped(b, node.inputs[kK]);
  const ValueId v = layout.split_grouped(b, node.inputs[kV]);
  const ValueId scores = layout.scores(b, q, k, node.inputs[kSegments], node.attributes);
  const std::vector<int64_t> dims = b.type(scores).dims;
  // The maximum is subtracted so that no exponential overflows.
  const ValueId maximum = reduce_max(b, scores, {3}, true);
  const ValueId exponentials = b.one("exp", {b.sub(scores, b.broadcast(maximum, dims))});
  const ValueId total = sum_over_last(b, exponentials, true);
  const ValueId probabilities = b.div(exponentials, b.broadcast(total, dims));
  const ValueId kept = after_dropout(b, probabilities, node.inputs[kState], node.attributes);
  const ValueId y = layout.join(b, matmul(b, kept, v, false, false, b.type(v).dtype));
  const ValueId lse = b.add(maximum, b.one("log", {total}));
  return {b.cast(y, b.type(node.inputs[kQ]).dtype), layout.join_statistic(b, lse)};
}

double count_flops(const Graph& graph, const Node& node) {
  return attention_flops(graph, node.inputs[kQ], node.attributes);
}

}  // namespace

const Op kAttention{
    .name = "attention",
    .operands = {"q", "k", "v", "segments", "state"},
    .optional_inputs = 2,
    .attributes = {{"scale", AttributeKind::kFloat},
                   {"causal", AttributeKind::kInt},
                   {"sequence", AttributeKind::kInt},
                   {"rate", AttributeKind::kFloat, Presence::kOptional},
                   {"site", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
