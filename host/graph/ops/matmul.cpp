#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& a = context.inputs[0];
  const TensorType& b = context.inputs[1];
  require_float(context, 0);
  require_dtype(context, 1, a.dtype);
  require(context, a.rank() >= 2 && a.rank() == b.rank(), "a and b must have one rank, at least 2");
  const size_t row = a.dims.size() - 2;
  const size_t column = row + 1;
  const bool transpose_a = context.attributes.integer("transpose_a") != 0;
  const bool transpose_b = context.attributes.integer("transpose_b") != 0;
  for (size_t i = 0; i < row; ++i) {
    require(context, a.dims[i] == b.dims[i], "the leading dims of a and b must be equal");
  }
  require(context, a.dims[transpose_a ? row : column] == b.dims[transpose_b ? column : row],
          "the dims that are summed over must be equal");
  TensorType y{dtype_attribute(context, a.dtype), a.dims};
  require(context, is_float(y.dtype), "dtype must be a float dtype");
  y.dims[row] = a.dims[transpose_a ? column : row];
  y.dims[column] = b.dims[transpose_b ? row : column];
  return {std::move(y)};
}

// With A = a or aᵀ as stored, and B likewise: dA = dY Bᵀ, dB = Aᵀ dY.
std::vector<ValueId> vjp(const VjpContext& context) {
  Builder& builder = context.builder;
  const ValueId a = context.node.inputs[0];
  const ValueId b = context.node.inputs[1];
  const bool transpose_a = context.node.attributes.integer("transpose_a") != 0;
  const bool transpose_b = context.node.attributes.integer("transpose_b") != 0;
  // y may be wider than the operands; products take operands of one dtype.
  const ValueId dy = builder.cast(context.output_gradients[0], builder.type(a).dtype);
  ValueId da = kNoValue;
  ValueId db = kNoValue;
  if (context.wanted[0]) {
    const lmos_dtype dtype = weight_gradient_dtype(builder, a);
    da = transpose_a ? matmul(builder, b, dy, transpose_b, true, dtype)
                     : matmul(builder, dy, b, false, !transpose_b, dtype);
  }
  if (context.wanted[1]) {
    const lmos_dtype dtype = weight_gradient_dtype(builder, b);
    db = transpose_b ? matmul(builder, dy, a, true, transpose_a, dtype)
                     : matmul(builder, a, dy, !transpose_a, false, dtype);
  }
  return {da, db};
}

double count_flops(const Graph& graph, const Node& node) {
  const TensorType& a = graph.type(node.inputs[0]);
  const size_t summed = a.dims.size() - (node.attributes.integer("transpose_a") != 0 ? 2 : 1);
  return 2.0 * static_cast<double>(graph.type(node.outputs[0]).elements()) *
         static_cast<double>(a.dims[summed]);
}

}  // namespace

const Op kMatmul{
    .name = "matmul",
    .operands = {"a", "b"},
    .attributes = {{"transpose_a", AttributeKind::kInt, Presence::kZero},
                   {"transpose_b", AttributeKind::kInt, Presence::kZero},
                   {"dtype", AttributeKind::kInt, Presence::kOptional}},
    .infer = infer,
    .vjp = vjp,
    .flops = count_flops,
};

}  // namespace lmos::graph
