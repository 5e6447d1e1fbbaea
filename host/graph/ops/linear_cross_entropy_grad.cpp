#include "graph/ops/all.h"
#include "graph/ops/cross_entropy_shape.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kDloss, kX, kW, kLabels, kLse, kBias };

std::vector<TensorType> infer(const InferContext& context) {
  require_head(context, kX, kBias);
  const TensorType& x = context.inputs[kX];
  require_type(context, kDloss, per_token(x));
  require_type(context, kLse, per_token(x));
  std::vector<TensorType> types{x};
  append_head_gradients(context, kW, kBias, types);
  return types;
}

// dlogits = (softmax − one_hot(label)) · dloss,  dx = dlogits w,  dw = dlogitsᵀ x,  db = Σ dlogits.
std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = widened(b, node.inputs[kX]);
  const ValueId w = widened(b, node.inputs[kW]);
  const lmos_dtype wide = b.type(x).dtype;
  const ValueId scores = logits(b, node.inputs[kX], node.inputs[kW], node.inputs[kBias]);
  const std::vector<int64_t> dims = b.type(scores).dims;
  const ValueId probabilities =
      b.one("exp", {b.sub(scores, along_last(b, node.inputs[kLse], dims))});
  const ValueId one_hot = b.cast(label_mask(b, node.inputs[kLabels], dims), wide);
  const ValueId dloss = zero_where_ignored(b, node.inputs[kDloss], node.inputs[kLabels],
                                           node.attributes.integer("ignore"));
  const ValueId dlogits = b.mul(b.sub(probabilities, one_hot), along_last(b, dloss, dims));
  const ValueId dx = matmul(b, dlogits, w, false, false, b.type(node.inputs[kX]).dtype);
  const ValueId dw =
      matmul(b, dlogits, x, true, false, dtype_of(node, b.type(node.inputs[kW]).dtype));
  if (node.inputs[kBias] == kNoValue) return {dx, dw};
  const ValueId db = b.reduce_sum(dlogits, {0}, false);
  return {dx, dw, b.cast(db, b.type(node.inputs[kBias]).dtype)};
}

// The logits again, dx and dw.
double count_flops(const Graph& graph, const Node& node) {
  return 3 * logits_flops(graph, node.inputs[kX], node.inputs[kW]);
}

}  // namespace

const Op kLinearCrossEntropyGrad{
    .name = "linear_cross_entropy_grad",
    .operands = {"dloss", "x", "w", "labels", "lse", "b"},
    .optional_inputs = 1,
    .attributes = {{"ignore", AttributeKind::kInt},
                   {"dtype", AttributeKind::kInt, Presence::kOptional}},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
