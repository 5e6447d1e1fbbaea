#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kDy, kX };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& dy = context.inputs[kDy];
  const TensorType& x = context.inputs[kX];
  require_float(context, kDy);
  require(context, dy.rank() >= 1, "dy must be [.., O]");
  require(context,
          x.dtype == dy.dtype && x.rank() == dy.rank() && leading_dims(x) == leading_dims(dy),
          "x must have dy's dtype and leading dims");
  TensorType dw{dtype_attribute(context, dy.dtype), {dy.dims.back(), x.dims.back()}};
  require(context, is_float(dw.dtype), "dtype must be a float dtype");
  return {std::move(dw)};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  return {matmul(b, as_matrix(b, node.inputs[kDy]), as_matrix(b, node.inputs[kX]), true, false,
                 dtype_of(node, b.type(node.inputs[kDy]).dtype))};
}

double count_flops(const Graph& graph, const Node& node) {
  return 2.0 * static_cast<double>(graph.type(node.inputs[kDy]).elements()) *
         static_cast<double>(graph.type(node.inputs[kX]).dims.back());
}

}  // namespace

const Op kLinearWeightGrad{
    .name = "linear_weight_grad",
    .operands = {"dy", "x"},
    .attributes = {{"dtype", AttributeKind::kInt, Presence::kOptional}},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
