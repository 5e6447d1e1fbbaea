#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kParameter, kM, kV, kGradient, kHyper, kClip };
enum Hyper : int64_t {
  kRate,
  kBeta1,
  kBeta2,
  kEpsilon,
  kDecay,
  kCorrection1,  // 1 − β1ᵗ
  kCorrection2,  // 1 − β2ᵗ
  kHyperCount
};

std::vector<TensorType> infer(const InferContext& context) {
  for (size_t operand : {kParameter, kM, kV, kGradient}) {
    require_float(context, operand);
    require_dims(context, operand, context.inputs[kParameter].dims);
  }
  require_type(context, kHyper, {LMOS_F32, {kHyperCount}});
  require_type(context, kClip, {LMOS_F32, {}});
  return {};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  ValueId p = widened(b, node.inputs[kParameter]);
  const TensorType type = b.type(p);
  const auto everywhere = [&](ValueId scalar) {
    return b.broadcast(b.cast(b.reshape(scalar, {}), type.dtype), type.dims);
  };
  const auto hyper = [&](Hyper which) {
    return everywhere(slice(b, node.inputs[kHyper], 0, which, which + 1));
  };
  // β s + (1 − β) x
  const auto blend = [&](ValueId s, ValueId x, Hyper beta) {
    const ValueId kept = hyper(beta);
    const ValueId old = b.mul(kept, b.cast(s, type.dtype));
    return b.add(old, b.mul(b.sub(filled_like(b, kept, 1), kept), x));
  };

  const ValueId g =
      b.mul(everywhere(node.inputs[kClip]), b.cast(node.inputs[kGradient], type.dtype));
  const ValueId rate = hyper(kRate);
  if (node.attributes.integer("decay") != 0) {
    p = b.sub(p, b.mul(b.mul(rate, hyper(kDecay)), p));
  }
  const ValueId m = blend(node.inputs[kM], g, kBeta1);
  const ValueId v = blend(node.inputs[kV], b.mul(g, g), kBeta2);
  const ValueId spread = b.div(b.one("sqrt", {v}), b.one("sqrt", {hyper(kCorrection2)}));
  const ValueId step =
      b.div(b.mul(b.div(rate, hyper(kCorrection1)), m), b.add(spread, hyper(kEpsilon)));
  const ValueId clip = node.inputs[kClip], unclipped = b.sub(clip, clip);  // 0, or else NaN
  const ValueId finite =
      b.broadcast(b.one("equal", {unclipped, filled_like(b, unclipped, 0)}), type.dims);
  const auto assign = [&](Operand state, ValueId x) {
    const ValueId old = b.cast(node.inputs[state], type.dtype);
    b.node("assign", std::vector{node.inputs[state], b.one("select", {finite, x, old})});
  };
  assign(kParameter, b.sub(p, step));
  assign(kM, m);
  assign(kV, v);
  return {};
}

double count_flops(const Graph& graph, const Node& node) {
  return 15.0 * static_cast<double>(graph.type(node.inputs[kParameter]).elements());
}

}  // namespace

const Op kAdamw{
    .name = "adamw",
    .operands = {"parameter", "m", "v", "gradient", "hyper", "clip"},
    .attributes = {{"decay", AttributeKind::kInt}},
    .states = {kParameter, kM, kV},
    .infer = infer,
    .not_differentiable = "it changes a state",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
