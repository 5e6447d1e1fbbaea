#include "passes/kv_cache.h"

#include <string>
#include <vector>

#include "errors/error.h"
#include "graph/op.h"
#include "graph/print.h"
#include "passes/rewrite.h"

namespace lmos::passes {
namespace {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

enum Operand : size_t { kQ, kK, kV, kSegments };
enum Result : size_t { kY, kLse };

bool is_attention(const Node& node) { return node.op->name == "attention"; }

// By value: how many operands and outputs read it, apart from attention's segments.
std::vector<size_t> count_reads(const Graph& graph) {
  std::vector<size_t> reads(graph.values.size());
  for (const Node& node : graph.nodes) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const bool segments = is_attention(node) && i == kSegments;
      if (node.inputs[i] != kNoValue && !segments) ++reads[node.inputs[i]];
    }
  }
  for (const graph::Output& output : graph.outputs) ++reads[output.value];
  return reads;
}

void check(const Graph& graph, const Node& node, const std::vector<size_t>& reads) {
  if (node.attributes.integer("causal") == 0) {
    throw Error(ErrorKind::kInternal,
                print(graph, node) + " is not causal, so it can't use a cache of earlier tokens");
  }
  if (reads[node.outputs[kLse]] > 0) {
    throw Error(ErrorKind::kInternal, "the graph reads lse of " + print(graph, node) +
                                          ", which attention over a cache does not give");
  }
}

class Cacher {
 public:
  Cacher(const Graph& graph, std::span<const ValueId> dropped, const PagedCache& cache)
      : graph_(graph), rewriter_(graph, dropped), cache_(cache) {}

  Graph run(const std::vector<size_t>& reads) {
    for (const Node& node : graph_.nodes) {
      if (is_attention(node)) {
        check(graph_, node, reads);
        replace(node);
      } else {
        rewriter_.copy(node);
      }
    }
    return rewriter_.finish();
  }

 private:
  void replace(const Node& node) {
    graph::Builder& b = rewriter_.builder();
    const graph::TensorType k = graph_.type(node.inputs[kK]);
    const graph::TensorType cache{k.dtype,
                                  {cache_.pages, cache_.page_tokens, k.dims[1], k.dims[2]}};
    const std::string number = std::to_string(layers_++);
    const ValueId keys = b.state("key_cache." + number, cache);
    const ValueId values = b.state("value_cache." + number, cache);
    const graph::TensorType per_token{LMOS_I32, {k.dims[0]}};
    b.set_block(node.block);
    const ValueId y =
        b.one("paged_attention",
              {rewriter_.map(node.inputs[kQ]), rewriter_.map(node.inputs[kK]),
               rewriter_.map(node.inputs[kV]), keys, values,
               input("page_table", {LMOS_I32, {cache_.sequences, cache_.sequence_pages}}),
               input("sequences", per_token), input("positions", per_token)},
              {{"scale", node.attributes.number("scale")}});
    rewriter_.replace(node.outputs[kY], y);
  }

  // The input of that name, added if there is none.
  ValueId input(std::string_view name, const graph::TensorType& type) {
    graph::Builder& b = rewriter_.builder();
    const ValueId known = b.graph().find_input(name);
    return known == kNoValue ? b.input(name, type) : known;
  }

  const Graph& graph_;
  Rewriter rewriter_;
  PagedCache cache_;
  size_t layers_ = 0;
};

}  // namespace

Graph kv_cache(const Graph& graph, const PagedCache& cache) {
  const std::vector<size_t> reads = count_reads(graph);
  std::vector<ValueId> dropped;
  const ValueId segments = graph.find_input("segments");
  if (segments != kNoValue && reads[segments] == 0) dropped.push_back(segments);
  return Cacher(graph, dropped, cache).run(reads);
}

}  // namespace lmos::passes
