#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

std::vector<TensorType> infer(const InferContext& context) {
  for (size_t i = 0; i < context.inputs.size(); ++i) require_float(context, i);
  return {{LMOS_F32, {}}};
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  ValueId total = kNoValue;
  for (ValueId g : node.inputs) {
    const ValueId wide = b.cast(g, LMOS_F32);
    const ValueId sum =
        b.reduce_sum(b.mul(wide, wide), axes_between(0, b.type(wide).rank()), false);
    total = total == kNoValue ? sum : b.add(total, sum);
  }
  return {b.one("sqrt", {total})};
}

double count_flops(const Graph& graph, const Node& node) {
  double sum = 0;
  for (ValueId g : node.inputs) sum += 2.0 * static_cast<double>(graph.type(g).elements());
  return sum;
}

}  // namespace

const Op kGlobalNorm{
    .name = "global_norm",
    .operands = {"g"},
    .variadic = true,
    .infer = infer,
    .not_differentiable = "it is part of an optimizer",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
