#include "passes/rewrite.h"

#include <algorithm>
#include <string>

#include "errors/error.h"
#include "graph/op.h"

namespace lmos::passes {

using graph::Graph;
using graph::kNoValue;
using graph::Node;
using graph::ValueId;

Rewriter::Rewriter(const Graph& source, std::span<const ValueId> dropped)
    : source_(source), builder_(target_), map_(source.values.size(), kNoValue) {
  target_.symbols = source.symbols;
  target_.blocks = source.blocks;
  for (ValueId id : source.inputs) {
    if (std::find(dropped.begin(), dropped.end(), id) != dropped.end()) continue;
    map_[id] = builder_.input(source.value(id).name, source.type(id));
  }
  for (const graph::Parameter& parameter : source.parameters) {
    map_[parameter.value] = builder_.parameter(parameter, source.type(parameter.value));
  }
  for (ValueId id : source.states) {
    map_[id] = builder_.state(source.value(id).name, source.type(id));
  }
}

ValueId Rewriter::map(ValueId source) const {
  if (source == kNoValue) return kNoValue;
  if (map_[source] == kNoValue) {
    throw Error(ErrorKind::kInternal,
                "a pass uses %" + std::to_string(source) + " before it emits it");
  }
  return map_[source];
}

std::vector<ValueId> Rewriter::map(std::span<const ValueId> source) const {
  std::vector<ValueId> ids;
  for (ValueId id : source) ids.push_back(map(id));
  return ids;
}

Node Rewriter::mapped(const Node& node) const {
  return {.op = node.op,
          .inputs = map(node.inputs),
          .attributes = node.attributes,
          .block = node.block};
}

void Rewriter::copy(const Node& node) {
  builder_.set_block(node.block);
  replace(node.outputs, builder_.node(node.op->name, map(node.inputs), node.attributes));
}

void Rewriter::replace(ValueId value, ValueId with) {
  if (source_.type(value) != builder_.type(with)) {
    throw Error(ErrorKind::kInternal, "a pass replaces a " +
                                          to_string(source_.type(value), &source_) + " by a " +
                                          to_string(builder_.type(with), &target_));
  }
  map_[value] = with;
}

void Rewriter::replace(std::span<const ValueId> values, std::span<const ValueId> with) {
  for (size_t i = 0; i < values.size(); ++i) replace(values[i], with[i]);
}

Graph Rewriter::finish() {
  for (const graph::Output& output : source_.outputs)
    builder_.output(output.name, map(output.value));
  return std::move(target_);
}

}  // namespace lmos::passes
