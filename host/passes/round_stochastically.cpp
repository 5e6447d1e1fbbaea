#include "passes/round_stochastically.h"

#include <map>

#include "graph/op.h"
#include "passes/random_sites.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

bool rounds_parameter(const Graph& graph, const Node& node) {
  return node.op->name == "cast" &&
         graph.value(node.inputs[0]).kind == graph::ValueKind::kParameter &&
         graph.type(node.inputs[0]).dtype == LMOS_F32 &&
         graph.type(node.outputs[0]).dtype == LMOS_BF16;
}

ValueId rounded(graph::Builder& b, ValueId x, ValueId state, int64_t site) {
  const graph::TensorType type = b.type(x);
  const auto everywhere = [&](double value) {
    return b.broadcast(b.constant(value, {LMOS_F32, {}}), type.dims);
  };
  const ValueId near = b.cast(x, LMOS_BF16), number = b.cast(near, LMOS_F32);
  const ValueId rest = b.sub(x, number);  // exact
  // The neighbour on the side of the rest. Of a number with 8 bits, 1.25 · 2⁻⁸ of it are more than
  // half and less than one and a half of the distance to a neighbour, below a power of two as well.
  const ValueId negative = b.one("neg", {number});
  const ValueId reach = b.mul(b.one("maximum", {number, negative}), everywhere(1.25 * 0x1p-8));
  const ValueId down = b.one("less", {rest, everywhere(0)});
  const ValueId shift = b.one("select", {down, b.one("neg", {reach}), reach});
  const ValueId far = b.cast(b.add(number, shift), LMOS_BF16);
  // No number where both are the same, as 0 and 0 are: the nearer one then.
  const ValueId share = b.div(rest, b.sub(b.cast(far, LMOS_F32), number));
  const ValueId u = b.one("random_uniform", {state}, {{"shape", type.dims}, {"site", site}});
  return b.one("select", {b.one("less", {u, share}), far, near});
}

}  // namespace

Graph round_stochastically(const Graph& graph) {
  Rewriter rewriter(graph);
  graph::Builder& builder = rewriter.builder();
  const int64_t first_site = first_free_site(graph);
  std::map<ValueId, int64_t> sites;  // by parameter
  for (const Node& node : graph.nodes) {
    if (!rounds_parameter(graph, node)) {
      rewriter.copy(node);
      continue;
    }
    const int64_t next = first_site + static_cast<int64_t>(sites.size());
    const int64_t site = sites.try_emplace(node.inputs[0], next).first->second;
    builder.set_block(node.block);
    rewriter.replace(node.outputs[0],
                     rounded(builder, rewriter.map(node.inputs[0]), random_state(builder), site));
  }
  return rewriter.finish();
}

}  // namespace lmos::passes
