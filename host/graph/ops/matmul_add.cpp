#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kA, kB, kC };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& a = context.inputs[kA];
  const TensorType& b = context.inputs[kB];
  require_float(context, kA);
  require_dtype(context, kB, a.dtype);
  require(context, a.rank() == 2 && b.rank() == 2, "a and b must be matrices");
  const bool transpose_a = context.attributes.integer("transpose_a") != 0;
  const bool transpose_b = context.attributes.integer("transpose_b") != 0;
  require(context, a.dims[transpose_a ? 0 : 1] == b.dims[transpose_b ? 1 : 0],
          "the dims that are summed over must be equal");
  TensorType y{a.dtype, {a.dims[transpose_a ? 1 : 0], b.dims[transpose_b ? 0 : 1]}};
  require_type(context, kC, y);
  return {std::move(y)};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const std::vector product{node.inputs[kA], node.inputs[kB]};
  return {b.add(b.node("matmul", product, node.attributes)[0], node.inputs[kC])};
}

double count_flops(const Graph& graph, const Node& node) {
  const TensorType& a = graph.type(node.inputs[kA]);
  const int64_t summed = a.dims[node.attributes.integer("transpose_a") != 0 ? 0 : 1];
  return static_cast<double>(graph.type(node.outputs[0]).elements()) *
         (2.0 * static_cast<double>(summed) + 1);
}

}  // namespace

const Op kMatmulAdd{
    .name = "matmul_add",
    .operands = {"a", "b", "c"},
    .attributes = {{"transpose_a", AttributeKind::kInt, Presence::kZero},
                   {"transpose_b", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .not_differentiable = "the host makes it from matmul and add, after autodiff",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
