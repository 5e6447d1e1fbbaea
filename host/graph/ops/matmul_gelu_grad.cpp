#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kA, kB, kX };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& a = context.inputs[kA];
  require_float(context, kA);
  require_rank(context, kA, 2);
  require_rank(context, kB, 2);
  const bool transposed = context.attributes.integer("transpose_b") != 0;
  const int64_t n = context.inputs[kB].dims[transposed ? 0 : 1], k = a.dims[1];
  require_type(context, kB, {a.dtype, transposed ? std::vector{n, k} : std::vector{k, n}});
  const TensorType dx{a.dtype, {a.dims[0], n}};
  require_type(context, kX, dx);
  return {dx};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId dy =
      matmul(b, node.inputs[kA], node.inputs[kB], false,
             node.attributes.integer("transpose_b") != 0, b.type(node.inputs[kA]).dtype);
  return {b.one("gelu_grad", {dy, node.inputs[kX]},
                {{"approximate", node.attributes.integer("approximate")}})};
}

double count_flops(const Graph& graph, const Node& node) {
  const auto dx = static_cast<double>(graph.type(node.outputs[0]).elements());
  return dx * (2.0 * static_cast<double>(graph.type(node.inputs[kA]).dims[1]) + 16.0);
}

}  // namespace

const Op kMatmulGeluGrad{
    .name = "matmul_gelu_grad",
    .operands = {"a", "b", "x"},
    .attributes = {{"transpose_b", AttributeKind::kInt, Presence::kZero},
                   {"approximate", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
