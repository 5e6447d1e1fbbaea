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
  const bool transposed = context.attributes.integer("transposed") != 0;
  const int64_t in = x.dims.back();
  const int64_t out = w.dims[transposed ? 1 : 0];
  require_type(context, kW, {x.dtype, transposed ? std::vector{in, out} : std::vector{out, in}});
  if (present(context, kB)) {
    require_float(context, kB);
    require_dims(context, kB, {out});
  }
  TensorType y = x;
  y.dims.back() = out;
  return {std::move(y)};
}

bool is_transposed(const Node& node) { return node.attributes.integer("transposed") != 0; }

// dx [.., I] = dy w. As a matmul where that takes no other shape; otherwise as a linear over the
// same weights, read in the other layout.
ValueId input_gradient(Builder& b, ValueId dy, ValueId w, bool transposed) {
  if (b.type(dy).rank() == 2) return matmul(b, dy, w, false, transposed, b.type(dy).dtype);
  return b.one("linear", {dy, w}, {{"transposed", int64_t{!transposed}}});
}

std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& b = context.builder;
  const auto& inputs = context.node.inputs;
  const ValueId dy = context.output_gradients[0];
  const bool transposed = is_transposed(context.node);
  std::vector<ValueId> gradients(3, kNoValue);
  if (context.wanted[kX]) gradients[kX] = input_gradient(b, dy, inputs[kW], transposed);
  if (context.wanted[kW]) {
    const auto operands = transposed ? std::pair(inputs[kX], dy) : std::pair(dy, inputs[kX]);
    gradients[kW] = b.one("linear_weight_grad", {operands.first, operands.second},
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
  dims.back() = b.type(node.inputs[kW]).dims[is_transposed(node) ? 1 : 0];
  const bool biased = node.inputs[kB] != kNoValue;
  // With a bias the product is kept wide, so that y is rounded once.
  const lmos_dtype product_dtype = biased ? wide_dtype(dtype) : dtype;
  ValueId y = b.reshape(
      matmul(b, as_matrix(b, x), node.inputs[kW], false, !is_transposed(node), product_dtype),
      dims);
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
    .attributes = {{"transposed", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
