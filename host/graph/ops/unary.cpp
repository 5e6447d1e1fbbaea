// The ten elementwise functions of one operand. Each is its name and its derivative.
#include <cmath>
#include <numbers>

#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  require_float(context, 0);
  return {context.inputs[0]};
}

// dx from dy, x and y.
using Derivative = ValueId (*)(Builder& b, ValueId dy, ValueId x, ValueId y);

template <Derivative derivative>
std::vector<ValueId> vjp(const VjpContext& context) {
  return {derivative(context.builder, context.output_gradients[0], context.node.inputs[0],
                     context.node.outputs[0])};
}

template <Derivative derivative>
Op unary(std::string_view name) {
  return {.name = name, .operands = {"x"}, .infer = infer, .vjp = vjp<derivative>};
}

ValueId neg(Builder& b, ValueId x) { return b.one("neg", {x}); }

// 1 - x
ValueId complement(Builder& b, ValueId x) { return b.sub(filled_like(b, x, 1), x); }

ValueId d_neg(Builder& b, ValueId dy, ValueId, ValueId) { return neg(b, dy); }
ValueId d_exp(Builder& b, ValueId dy, ValueId, ValueId y) { return b.mul(dy, y); }
ValueId d_log(Builder& b, ValueId dy, ValueId x, ValueId) { return b.div(dy, x); }
ValueId d_sqrt(Builder& b, ValueId dy, ValueId, ValueId y) { return b.div(scaled(b, dy, 0.5), y); }
ValueId d_rsqrt(Builder& b, ValueId dy, ValueId, ValueId y) {
  return b.mul(scaled(b, dy, -0.5), b.mul(y, b.mul(y, y)));
}
ValueId d_sigmoid(Builder& b, ValueId dy, ValueId, ValueId y) {
  return b.mul(dy, b.mul(y, complement(b, y)));
}
ValueId d_tanh(Builder& b, ValueId dy, ValueId, ValueId y) {
  return b.mul(dy, complement(b, b.mul(y, y)));
}
ValueId d_erf(Builder& b, ValueId dy, ValueId x, ValueId) {
  const ValueId bell = b.one("exp", {neg(b, b.mul(x, x))});
  return b.mul(dy, scaled(b, bell, 2 / std::sqrt(std::numbers::pi)));
}
ValueId d_sin(Builder& b, ValueId dy, ValueId x, ValueId) { return b.mul(dy, b.one("cos", {x})); }
ValueId d_cos(Builder& b, ValueId dy, ValueId x, ValueId) {
  return neg(b, b.mul(dy, b.one("sin", {x})));
}

}  // namespace

const Op kNeg = unary<d_neg>("neg");
const Op kExp = unary<d_exp>("exp");
const Op kLog = unary<d_log>("log");
const Op kSqrt = unary<d_sqrt>("sqrt");
const Op kRsqrt = unary<d_rsqrt>("rsqrt");
const Op kSigmoid = unary<d_sigmoid>("sigmoid");
const Op kTanh = unary<d_tanh>("tanh");
const Op kErf = unary<d_erf>("erf");
const Op kSin = unary<d_sin>("sin");
const Op kCos = unary<d_cos>("cos");

}  // namespace lmos::graph
