#include <algorithm>
#include <optional>
#include <vector>

#include "graph/op.h"
#include "passes/eliminate_dead.h"
#include "passes/fuse.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

// A value that is zeros but for these parts of one axis, in order.
struct Part {
  int64_t begin, end;
  ValueId source;
};
struct Parts {
  int64_t axis = 0;
  std::vector<Part> parts;
};

std::optional<Parts> of_pad(const Graph& graph, const Node& node) {
  const int64_t axis = node.attributes.integer("axis");
  const int64_t begin = node.attributes.integer("before");
  const graph::Value& source = graph.value(node.inputs[0]);
  // A state may change before the sum stands.
  if (source.kind != graph::ValueKind::kNode) return std::nullopt;
  return Parts{axis,
               {{begin, begin + source.type.dims[static_cast<size_t>(axis)], node.inputs[0]}}};
}

std::optional<Parts> of_sum(const std::optional<Parts>& a, const std::optional<Parts>& b) {
  if (!a || !b || a->axis != b->axis) return std::nullopt;
  Parts sum = *a;
  sum.parts.insert(sum.parts.end(), b->parts.begin(), b->parts.end());
  std::ranges::sort(sum.parts, {}, &Part::begin);
  for (size_t i = 1; i < sum.parts.size(); ++i)
    if (sum.parts[i].begin < sum.parts[i - 1].end) return std::nullopt;
  return sum;
}

bool cover(const Parts& parts, int64_t dim) {
  int64_t end = 0;
  for (const Part& part : parts.parts) {
    if (part.begin != end) return false;
    end = part.end;
  }
  return end == dim;
}

}  // namespace

Graph fuse_concat(const Graph& graph, const Supports& supports) {
  std::vector<std::optional<Parts>> parts(graph.values.size());
  Rewriter rewriter(graph);
  bool changed = false;
  for (const Node& node : graph.nodes) {
    if (node.op->name == "pad") parts[node.outputs[0]] = of_pad(graph, node);
    if (node.op->name == "add") {
      const ValueId sum = node.outputs[0];
      parts[sum] = of_sum(parts[node.inputs[0]], parts[node.inputs[1]]);
      if (parts[sum] &&
          cover(*parts[sum], graph.type(sum).dims[static_cast<size_t>(parts[sum]->axis)])) {
        std::vector<ValueId> sources;
        for (const Part& part : parts[sum]->parts) sources.push_back(part.source);
        const graph::Attributes attributes = {{"axis", parts[sum]->axis}};
        if (supports_new(supports, graph, "concat", sources, attributes)) {
          rewriter.builder().set_block(node.block);
          rewriter.replace(std::vector{sum},
                           rewriter.builder().node("concat", rewriter.map(sources), attributes));
          changed = true;
          continue;
        }
      }
    }
    rewriter.copy(node);
  }
  return changed ? eliminate_dead(rewriter.finish()) : graph;
}

}  // namespace lmos::passes
