#include <utility>

#include "errors/error.h"
#include "registry/graph_arguments.h"
#include "registry/graph_service.h"

namespace lmos::registry {

namespace {

constexpr size_t kMostSymbols = 4096;  // what LMOS_IS_SYMBOL tells from numbers

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::kInternal, what); }

// A parameter's size is a number that fits the machine.
void check_size(const std::string& name, const graph::TensorType& type) {
  try {
    type.bytes();
  } catch (const Error& error) {
    refuse("parameter " + name + ": " + error.what());
  }
}

bool same(const graph::Parameter& a, const graph::Parameter& b) {
  return a.axes == b.axes && a.init == b.init && a.init_scale == b.init_scale && a.decay == b.decay;
}

}  // namespace

GraphSession::GraphSession(graph::Graph& graph, lmos_dtype storage, lmos_dtype compute)
    : graph_(graph), builder_(graph), storage_(storage), compute_(compute) {}

int64_t GraphSession::symbol(lmos_string name) {
  const int64_t id = builder_.symbol(graph_text(name));
  if (graph_.symbols.size() > kMostSymbols) refuse("the graph has too many symbols");
  return id;
}

graph::ValueId GraphSession::parameter(const lmos_parameter& description) {
  const graph::Parameter parameter = parameter_description(description);
  graph::TensorType type = tensor_type(description.info);
  if (type.dtype == 0) type.dtype = storage_;
  check_size(parameter.name, type);
  const bool product = description.product != 0;

  if (const auto known = declared_.find(parameter.name); known != declared_.end()) {
    const Declared& first = known->second;
    if (first.type != type || first.product != product || !same(first.description, parameter))
      refuse("parameter " + parameter.name + " is declared twice, and not alike");
    return first.seen;
  }
  graph::ValueId seen = builder_.parameter(parameter, type);
  if (product && graph::is_float(type.dtype)) seen = builder_.cast(seen, compute_);
  declared_.emplace(parameter.name, Declared{parameter, type, product, seen});
  return seen;
}

void GraphSession::check_value(graph::ValueId value) const {
  if (value >= graph_.values.size())
    refuse("value " + std::to_string(value) + " is not of this graph");
}

void GraphSession::begin_block(lmos_string name) {
  builder_.begin_block(graph_text(name));
  in_block_ = true;
}

void GraphSession::end_block() {
  builder_.end_block();
  in_block_ = false;
}

void GraphSession::finish() const {
  if (in_block_) refuse("block " + graph_.blocks.back() + " does not end");
  if (graph_.outputs.empty()) refuse("the graph has no output");
}

}  // namespace lmos::registry
