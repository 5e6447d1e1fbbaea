#include "graph/ops/all.h"
#include "graph/ops/gelu_forms.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kDy, kX };

std::vector<TensorType> infer(const InferContext& context) {
  require_float(context, kX);
  require_type(context, kDy, context.inputs[kX]);
  return {context.inputs[kX]};
}

// With t = tanh(u):  ½(1 + t) + ½ x (1 − t²) u'.
ValueId tanh_slope(Builder& b, ValueId x) {
  const ValueId t = gelu_tanh(b, x);
  const ValueId du =
      scaled(b, shifted(b, scaled(b, b.mul(x, x), 3 * kGeluCubic), 1), kGeluTanhScale);
  const ValueId bell = b.sub(filled_like(b, t, 1), b.mul(t, t));
  return scaled(b, b.add(shifted(b, t, 1), b.mul(b.mul(x, bell), du)), 0.5);
}

// Φ(x) + x φ(x), with the density φ of the standard normal distribution.
ValueId exact_slope(Builder& b, ValueId x) {
  const ValueId density = scaled(b, b.one("exp", {scaled(b, b.mul(x, x), -0.5)}),
                                 0.5 * std::numbers::inv_sqrtpi * std::numbers::sqrt2);
  return b.add(normal_distribution(b, x), b.mul(x, density));
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = widened(b, node.inputs[kX]);
  const ValueId slope =
      node.attributes.integer("approximate") != 0 ? tanh_slope(b, x) : exact_slope(b, x);
  return {b.cast(b.mul(widened(b, node.inputs[kDy]), slope), b.type(node.inputs[kX]).dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 16.0 * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kGeluGrad{
    .name = "gelu_grad",
    .operands = {"dy", "x"},
    .attributes = {{"approximate", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .not_differentiable = "it is part of a backward pass",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
