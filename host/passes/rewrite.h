// Copying a graph node by node into a new one, with changes on the way: what most passes are.
#pragma once

#include <span>
#include <vector>

#include "graph/builder.h"
#include "graph/graph.h"

namespace lmos::passes {

// Inputs, parameters, states, symbols and blocks are copied at once, nodes as the pass says. Value
// ids differ between the two graphs; names do not. One thread at a time.
class Rewriter {
 public:
  // `source` outlives the rewriter. Inputs in `dropped` are left out; nothing that is copied may
  // use them.
  explicit Rewriter(const graph::Graph& source, std::span<const graph::ValueId> dropped = {});

  graph::Builder& builder() { return builder_; }
  // The value that stands for a value of the source; kNoValue for kNoValue. Throws kInternal if it
  // was not emitted yet.
  graph::ValueId map(graph::ValueId source) const;
  std::vector<graph::ValueId> map(std::span<const graph::ValueId> source) const;
  // The node with its operands mapped and no outputs.
  graph::Node mapped(const graph::Node& node) const;

  void copy(const graph::Node& node);
  // Lets `with`, of the same type, stand for `value` from now on.
  void replace(graph::ValueId value, graph::ValueId with);
  void replace(std::span<const graph::ValueId> values, std::span<const graph::ValueId> with);

  // The new graph, with the source's outputs. The rewriter is spent.
  graph::Graph finish();

 private:
  const graph::Graph& source_;
  graph::Graph target_;
  graph::Builder builder_;
  std::vector<graph::ValueId> map_;  // by source value
};

}  // namespace lmos::passes
