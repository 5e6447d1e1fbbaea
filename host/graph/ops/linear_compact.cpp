#include "graph/ops/all.h"
#include "graph/ops/rule.h"
#include "llmasos/compact_weights.hpp"

namespace lmos::graph {
namespace {

enum Operand : size_t { kX, kBlocks, kBases, kRaw, kB };

std::vector<TensorType> infer(const InferContext& context) {
  const TensorType& x = context.inputs[kX];
  const TensorType& blocks = context.inputs[kBlocks];
  require_float(context, kX);
  require(context, x.rank() >= 1, "x must be [.., I]");
  require_rank(context, kBlocks, 2);
  const int64_t outputs = blocks.dims[0], count = x.dims.back() / sdk::kCompactBlock;
  require(context, count * sdk::kCompactBlock == x.dims.back(), "I must be a multiple of 128");
  require_type(context, kBlocks, {LMOS_U8, {outputs, count * sdk::kCompactBytes}});
  require_type(context, kBases, {LMOS_U8, {outputs, count}});
  require_rank(context, kRaw, 2);
  require_type(context, kRaw, {LMOS_BF16, {context.inputs[kRaw].dims[0], sdk::kCompactBlock}});
  if (present(context, kB)) {
    require_float(context, kB);
    require_dims(context, kB, {outputs});
  }
  TensorType y = x;
  y.dims.back() = outputs;
  return {std::move(y)};
}

double count_flops(const Graph& graph, const Node& node) {
  return 2.0 * static_cast<double>(graph.type(node.inputs[kX]).elements()) *
         static_cast<double>(graph.type(node.outputs[0]).dims.back());
}

}  // namespace

const Op kLinearCompact{
    .name = "linear_compact",
    .operands = {"x", "blocks", "bases", "raw", "b"},
    .optional_inputs = 1,
    .infer = infer,
    .not_differentiable = "compact weights are not trained",
    .without_kernel =
        "use `weights: compute`, `int8` or `float8` instead of `weights: compact`, or another "
        "backend",
    .flops = count_flops,
};

}  // namespace lmos::graph
