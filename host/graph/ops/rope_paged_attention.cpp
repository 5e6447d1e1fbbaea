#include "graph/ops/all.h"
#include "graph/ops/emit.h"
#include "graph/ops/rule.h"

namespace lmos::graph {
namespace {

// Those of paged_attention, then the frequencies.
enum Operand : size_t { kQ, kK, kPositions = 7, kFrequencies };

std::vector<TensorType> infer(const InferContext& context) {
  std::vector<TensorType> outputs = kPagedAttention.infer(context);
  const int64_t head_dim = context.inputs[kQ].dims[2];
  require(context, !LMOS_IS_SYMBOL(head_dim) && head_dim % 2 == 0,
          "q must be [T, H, D] with an even number D");
  require_type(context, kFrequencies, {LMOS_F32, {head_dim / 2}});
  return outputs;
}

std::vector<ValueId> decompose(Builder& b, const Node& node) {
  std::vector<ValueId> operands(node.inputs.begin(), node.inputs.begin() + kFrequencies);
  for (const size_t i : {kQ, kK})
    operands[i] = b.one("rope", {operands[i], node.inputs[kPositions], node.inputs[kFrequencies]});
  return b.node("paged_attention", operands, node.attributes);
}

double count_flops(const Graph& graph, const Node& node) {
  return kPagedAttention.flops(graph, node) +
         3.0 * static_cast<double>(graph.type(node.inputs[kQ]).elements() +
                                   graph.type(node.inputs[kK]).elements());
}

}  // namespace

const Op kRopePagedAttention{
    .name = "rope_paged_attention",
    .operands = {"q", "k", "v", "key_cache", "value_cache", "page_table", "sequences", "positions",
                 "frequencies"},
    .attributes = {{"scale", AttributeKind::kFloat}},
    .states = {3, 4},
    .infer = infer,
    .not_differentiable = "it changes a state",
    .decompose = decompose,
    .flops = count_flops,
};

}  // namespace lmos::graph
