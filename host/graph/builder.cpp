#include "graph/builder.h"

#include "errors/error.h"
#include "graph/op.h"

namespace lmos::graph {
namespace {

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorKind::kInternal, message); }

ValueId add_value(Graph& graph, Value value) {
  graph.values.push_back(std::move(value));
  return static_cast<ValueId>(graph.values.size() - 1);
}

void check_type(const Graph& graph, std::string_view name, const TensorType& type) {
  dtype_bytes(type.dtype);
  if (type.rank() > LMOS_MAX_RANK) {
    fail(std::string(name) + " has rank " + std::to_string(type.rank()) + "; the greatest is " +
         std::to_string(LMOS_MAX_RANK));
  }
  for (int64_t dim : type.dims) {
    if (dim < 0 &&
        !(LMOS_IS_SYMBOL(dim) && static_cast<size_t>(dim - INT64_MIN) < graph.symbols.size())) {
      fail(std::string(name) + " has the dimension " + std::to_string(dim));
    }
  }
}

}  // namespace

ValueId Builder::named(std::string_view name) {
  for (; indexed_ < graph_.values.size(); ++indexed_) {
    const std::string& known = graph_.values[indexed_].name;
    if (!known.empty()) names_.emplace(known, static_cast<ValueId>(indexed_));
  }
  const auto found = names_.find(name);
  return found == names_.end() ? kNoValue : found->second;
}

// Names are how the outside finds inputs, parameters and states, so they are unique among all
// three.
void Builder::check_new_name(std::string_view name) {
  if (name.empty()) fail("an input, parameter or state has an empty name");
  if (named(name) != kNoValue) {
    fail("the graph has an input, parameter or state named " + std::string(name) + " already");
  }
}

int64_t Builder::symbol(std::string_view name) {
  for (size_t id = 0; id < graph_.symbols.size(); ++id) {
    if (graph_.symbols[id] == name) return LMOS_SYMBOL(id);
  }
  graph_.symbols.emplace_back(name);
  return LMOS_SYMBOL(graph_.symbols.size() - 1);
}

ValueId Builder::input(std::string_view name, TensorType type) {
  check_new_name(name);
  check_type(graph_, name, type);
  const ValueId id = add_value(
      graph_, {.kind = ValueKind::kInput, .type = std::move(type), .name = std::string(name)});
  graph_.inputs.push_back(id);
  return id;
}

ValueId Builder::parameter(const Parameter& description, TensorType type) {
  const ValueId known = named(description.name);
  if (known != kNoValue && graph_.value(known).kind == ValueKind::kParameter) {
    if (graph_.type(known) != type) {
      fail("parameter " + description.name + " is " + to_string(graph_.type(known), &graph_) +
           ", and was asked for again as " + to_string(type, &graph_));
    }
    return known;
  }
  check_new_name(description.name);
  check_type(graph_, description.name, type);
  if (!description.axes.empty() && description.axes.size() != type.dims.size()) {
    fail("parameter " + description.name + " is " + to_string(type, &graph_) + " but names " +
         std::to_string(description.axes.size()) + " axes");
  }
  const ValueId id = add_value(
      graph_, {.kind = ValueKind::kParameter, .type = std::move(type), .name = description.name});
  graph_.parameters.push_back(description);
  graph_.parameters.back().value = id;
  return id;
}

ValueId Builder::state(std::string_view name, TensorType type) {
  check_new_name(name);
  check_type(graph_, name, type);
  const ValueId id = add_value(
      graph_, {.kind = ValueKind::kState, .type = std::move(type), .name = std::string(name)});
  graph_.states.push_back(id);
  return id;
}

void Builder::output(std::string_view name, ValueId value) {
  if (value >= graph_.values.size())
    fail("output " + std::string(name) + " is not a value of the graph");
  if (graph_.find_output(name) != kNoValue) {
    fail("the graph has an output named " + std::string(name) + " already");
  }
  graph_.outputs.push_back({std::string(name), value});
}

void Builder::begin_block(std::string_view name) {
  if (block_ != kNoBlock) {
    fail("block " + std::string(name) + " begins inside block " +
         graph_.blocks[static_cast<size_t>(block_)] + "; blocks do not nest");
  }
  block_ = static_cast<int32_t>(graph_.blocks.size());
  graph_.blocks.emplace_back(name);
}

void Builder::end_block() {
  if (block_ == kNoBlock) fail("a block ends, but none has begun");
  block_ = kNoBlock;
}

std::vector<ValueId> Builder::node(std::string_view name, std::span<const ValueId> inputs,
                                   Attributes attributes) {
  const Op* op = find_op(name);
  if (!op) {
    fail("node " + std::to_string(graph_.nodes.size()) + ": there is no op named " +
         std::string(name));
  }
  Node node{.op = op, .inputs = {inputs.begin(), inputs.end()}, .block = block_};
  node.attributes = std::move(attributes);
  normalize(*op, node.inputs, node.attributes);
  const size_t index = graph_.nodes.size();
  for (TensorType& type : infer_types(graph_, index, *op, node.inputs, node.attributes)) {
    const auto output = static_cast<uint32_t>(node.outputs.size());
    node.outputs.push_back(add_value(
        graph_, {.type = std::move(type), .node = static_cast<uint32_t>(index), .output = output}));
  }
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().outputs;
}

ValueId Builder::one(std::string_view op, std::initializer_list<ValueId> inputs,
                     Attributes attributes) {
  const auto outputs = node(op, {inputs.begin(), inputs.size()}, std::move(attributes));
  if (outputs.size() != 1) fail(std::string(op) + " has not one output");
  return outputs[0];
}

ValueId Builder::constant(double value, TensorType type) {
  return one("constant", {},
             {{"shape", std::move(type.dims)},
              {"dtype", int64_t{type.dtype}},
              {"values", std::vector<double>{value}}});
}

ValueId Builder::cast(ValueId x, lmos_dtype dtype) {
  if (type(x).dtype == dtype) return x;
  return one("cast", {x}, {{"dtype", int64_t{dtype}}});
}

ValueId Builder::reshape(ValueId x, std::vector<int64_t> dims) {
  if (type(x).dims == dims) return x;
  return one("reshape", {x}, {{"shape", std::move(dims)}});
}

ValueId Builder::broadcast(ValueId x, std::vector<int64_t> dims) {
  if (type(x).dims == dims) return x;
  return one("broadcast", {x}, {{"shape", std::move(dims)}});
}

ValueId Builder::transpose(ValueId x, std::vector<int64_t> permutation) {
  bool identity = true;
  for (size_t i = 0; i < permutation.size(); ++i)
    identity &= permutation[i] == static_cast<int64_t>(i);
  if (identity) return x;
  return one("transpose", {x}, {{"permutation", std::move(permutation)}});
}

ValueId Builder::reduce_sum(ValueId x, std::vector<int64_t> axes, bool keep) {
  if (axes.empty()) return x;
  return one("reduce_sum", {x}, {{"axes", std::move(axes)}, {"keep", int64_t{keep}}});
}

}  // namespace lmos::graph
