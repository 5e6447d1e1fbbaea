#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kPositions, kFrequencies };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  require_float(context, kX);
  require_rank(context, kX, 3);
  const int64_t head_dim = x.dims[2];
  require(context, !LMOS_IS_SYMBOL(head_dim) && head_dim % 2 == 0,
          "x must be [T, H, D] with an even number D");
  require_type(context, kPositions, {LMOS_I32, {x.dims[0]}});
  require_type(context, kFrequencies, {LMOS_F32, {head_dim / 2}});
  return {x};
}

// A rotation's transpose is the rotation back.
std::vector<ValueId> vjp(const VjpContext& context) {
  refuse_wanted(context, kFrequencies);
  const Node& node = context.node;
  const int64_t inverse = node.attributes.integer("inverse") == 0 ? 1 : 0;
  return {
      context.builder.one(
          "rope", {context.output_gradients[0], node.inputs[kPositions], node.inputs[kFrequencies]},
          {{"inverse", inverse}}),
      kNoValue, kNoValue};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  const ValueId x = widened(b, node.inputs[kX]);
  const lmos_dtype wide = b.type(x).dtype;
  std::vector<int64_t> half_dims = b.type(x).dims;
  const int64_t tokens = half_dims[0];
  const int64_t half = half_dims[2] / 2;
  half_dims[2] = half;
  const std::vector<int64_t> angle_dims{tokens, half};
  const ValueId positions = along_last(b, b.cast(node.inputs[kPositions], wide), angle_dims);
  const ValueId frequencies = b.broadcast(b.cast(node.inputs[kFrequencies], wide), angle_dims);
  const ValueId angle = b.reshape(b.mul(positions, frequencies), {tokens, 1, half});
  const ValueId cos = b.broadcast(b.one("cos", {angle}), half_dims);
  ValueId sin = b.broadcast(b.one("sin", {angle}), half_dims);
  if (node.attributes.integer("inverse") != 0) sin = b.one("neg", {sin});
  const ValueId first = slice(b, x, 2, 0, half);
  const ValueId second = slice(b, x, 2, half, 2 * half);
  const ValueId y_first = b.sub(b.mul(first, cos), b.mul(second, sin));
  const ValueId y_second = b.add(b.mul(second, cos), b.mul(first, sin));
  return {
      b.cast(b.one("concat", {y_first, y_second}, {{"axis", 2}}), b.type(node.inputs[kX]).dtype)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 3.0 * static_cast<double>(graph.type(node.inputs[kX]).elements());
}

}  // namespace

const Op kRope{
    .name = "rope",
    .operands = {"x", "positions", "frequencies"},
    .attributes = {{"inverse", AttributeKind::kInt, Presence::kZero}},
    .infer = infer,
    .vjp = vjp,
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
