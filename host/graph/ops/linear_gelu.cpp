#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kW, kB };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., I]");
  require_rank(context, kW, 2);
  const bool transposed = context.attributes.integer("transposed") != 0;
  const std::vector<int64_t>& w = context.inputs[kW].dims;
  const int64_t in = x.dims.back(), out = w[transposed ? 1 : 0];
  require_type(context, kW, {x.dtype, transposed ? std::vector{in, out} : std::vector{out, in}});
  if (present(context, kB)) {
    require_float(context, kB);
    require_dims(context, kB, {out});
  }
  TensorType y = x;
  y.dims.back() = out;
  return {y, y};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId h =
      b.node("linear", node.inputs, {{"transposed", node.attributes.integer("transposed")}})[0];
  return {b.one("gelu", {h}, {{"approximate", node.attributes.integer("approximate")}}), h};
}

double count_flops(const Graph& graph, const Node& node) {
  const auto y = static_cast<double>(graph.type(node.outputs[0]).elements());
  return y * (2.0 * static_cast<double>(graph.type(node.inputs[kX]).dims.back()) + 10.0);
}

}  // namespace

const Op kLinearGelu{
    .name = "linear_gelu",
    .operands = {"x", "w", "b"},
    .optional_inputs = 1,
    .attributes = {{"transposed", AttributeKind::kInt, Presence::kZero},
                   {"approximate", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .not_differentiable = "it is made after the backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
