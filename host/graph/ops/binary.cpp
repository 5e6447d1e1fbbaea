// The six elementwise functions of two operands of one type. Each is its name and its two
// derivatives.
#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  require_type(context, 1, context.inputs[0]);
  return {context.inputs[0]};
}

struct Operands {
  Builder& b;
  ValueId dy, a, c, y;  // y = op(a, c)
};

// The gradient of one operand.
using Derivative = ValueId (*)(const Operands&);

template <Derivative first, Derivative second>
std::vector<ValueId> vjp(const VjpContext& context) {
  const Operands operands{context.builder, context.output_gradients[0], context.node.inputs[0],
                          context.node.inputs[1], context.node.outputs[0]};
  return {context.wanted[0] ? first(operands) : kNoValue,
          context.wanted[1] ? second(operands) : kNoValue};
}

template <Derivative first, Derivative second>
Op binary(std::string_view name) {
  return {.name = name, .operands = {"a", "b"}, .infer = infer, .vjp = vjp<first, second>};
}

ValueId same(const Operands& o) { return o.dy; }
ValueId opposite(const Operands& o) { return o.b.one("neg", {o.dy}); }
ValueId times_first(const Operands& o) { return o.b.mul(o.dy, o.a); }
ValueId times_second(const Operands& o) { return o.b.mul(o.dy, o.c); }
ValueId d_dividend(const Operands& o) { return o.b.div(o.dy, o.c); }
// y = a / c, so dy/dc = -y / c.
ValueId d_divisor(const Operands& o) { return o.b.one("neg", {o.b.mul(o.b.div(o.dy, o.c), o.y)}); }

// dy where the first operand is the less one (`less_gets`), or where it is not. Of equals, the
// first counts as the greater one.
template <bool less_gets>
ValueId chosen(const Operands& o) {
  const ValueId less = o.b.one("less", {o.a, o.c});
  const ValueId zero = filled_like(o.b, o.dy, 0);
  return less_gets ? select(o.b, less, o.dy, zero) : select(o.b, less, zero, o.dy);
}

}  // namespace

const Op kAdd = binary<same, same>("add");
const Op kSub = binary<same, opposite>("sub");
const Op kMul = binary<times_second, times_first>("mul");
const Op kDiv = binary<d_dividend, d_divisor>("div");
const Op kMinimum = binary<chosen<true>, chosen<false>>("minimum");
const Op kMaximum = binary<chosen<false>, chosen<true>>("maximum");

}  // namespace lmos::graph
