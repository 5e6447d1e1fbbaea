// Appends nodes to a graph, checking each against its op and inferring its types.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace lmos::graph {

class Builder {
 public:
  // Appends to `graph`, which outlives the builder. One thread at a time.
  explicit Builder(Graph& graph) : graph_(graph) {}

  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  const TensorType& type(ValueId id) const { return graph_.type(id); }

  int64_t symbol(std::string_view name);
  ValueId input(std::string_view name, TensorType type);
  // Returns the existing value if the name is known; throws if its type differs.
  ValueId parameter(const Parameter& description, TensorType type);
  ValueId state(std::string_view name, TensorType type);
  void output(std::string_view name, ValueId value);
  void begin_block(std::string_view name);
  void end_block();
  // Block given to the nodes that follow, outside begin_block/end_block.
  void set_block(int32_t block) { block_ = block; }

  // Adds a node by op name. Optional operands may be left out at the end. Throws kInternal with the
  // op, the operand and the shapes when it does not fit.
  std::vector<ValueId> node(std::string_view op, std::span<const ValueId> inputs,
                            Attributes attributes = {});
  // Of an op with one output.
  ValueId one(std::string_view op, std::initializer_list<ValueId> inputs,
              Attributes attributes = {});

  // Shorthands used by VJPs, decompositions and passes.
  ValueId add(ValueId a, ValueId b) { return one("add", {a, b}); }
  ValueId sub(ValueId a, ValueId b) { return one("sub", {a, b}); }
  ValueId mul(ValueId a, ValueId b) { return one("mul", {a, b}); }
  ValueId div(ValueId a, ValueId b) { return one("div", {a, b}); }
  ValueId constant(double value, TensorType type);
  // These five return x itself where nothing would change.
  ValueId cast(ValueId x, lmos_dtype dtype);
  ValueId reshape(ValueId x, std::vector<int64_t> dims);
  ValueId broadcast(ValueId x, std::vector<int64_t> dims);
  ValueId transpose(ValueId x, std::vector<int64_t> permutation);
  ValueId reduce_sum(ValueId x, std::vector<int64_t> axes, bool keep);

 private:
  // The input, parameter or state of that name, whoever added it; kNoValue if there is none.
  ValueId named(std::string_view name);
  void check_new_name(std::string_view name);

  Graph& graph_;
  int32_t block_ = kNoBlock;
  std::map<std::string, ValueId, std::less<>> names_;  // of the first `indexed_` values
  size_t indexed_ = 0;
};

}  // namespace lmos::graph
