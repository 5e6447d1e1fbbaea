#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kW, kB };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  const TensorType& w = context.inputs[kW];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., I]");
  require_rank(context, kW, 2);
  require_type(context, kW, {x.dtype, {w.dims[0], x.dims.back()}});
  if (present(context, kB)) {
    require_float(context, kB);
    require_dims(context, kB, {w.dims[0]});
  }
  TensorType y = x;
  y.dims.back() = w.dims[0];
  return {std::move(y)};
}

// dx [.., I] = dy w. As a matmul where that takes no other shape; otherwise as a linear with wᵀ.
ValueId input_gradient(Builder& b, ValueId dy, ValueId w) {
  if (b.type(dy).rank() == 2) return b.one("matmul", {dy, w});
  return b.one("linear", {dy, b.transpose(w, {1, 0})});
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const auto& inputs = context.node.inputs;
  const ValueId dy = context.output_gradients[0];
  std::vector<ValueId> gradients(3, kNoValue);
  if (context.wanted[kX]) gradients[kX] = input_gradient(b, dy, inputs[kW]);
  if (context.wanted[kW]) {
    gradients[kW] = b.one("linear_weight_grad", {dy, inputs[kX]},
                          {{"dtype", int64_t{weight_gradient_dtype(b, inputs[kW])}}});
  }
  if (context.wanted[kB]) {
    const ValueId wide = b.cast(dy, b.type(inputs[kB]).dtype);
    gradients[kB] = b.reduce_sum(wide, axes_between(0, b.type(dy).rank() - 1), false);
  }
  return gradients;
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = node.inputs[kX];
  const lmos_dtype dtype = b.type(x).dtype;
  std::vector<int64_t> dims = b.type(x).dims;
  dims.back() = b.type(node.inputs[kW]).dims[0];
  const bool biased = node.inputs[kB] != kNoValue;
  // With a bias the product is kept wide, so that y is rounded once.
  const lmos_dtype product_dtype = biased ? wide_dtype(dtype) : dtype;
  ValueId y =
      b.reshape(matmul(b, as_matrix(b, x), node.inputs[kW], false, true, product_dtype), dims);
  if (biased) y = b.add(y, b.broadcast(b.cast(node.inputs[kB], product_dtype), dims));
  return {b.cast(y, dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 2.0 * static_cast<double>(graph.type(node.inputs[kX]).elements()) *
         static_cast<double>(graph.type(node.outputs[0]).dims.back());
}

}  // namespace

const Op kLinear{
    .name = "linear",
    .operands = {"x", "w", "b"},
    .optional_inputs = 1,
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
