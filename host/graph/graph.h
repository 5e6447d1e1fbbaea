// The intermediate representation: a list of nodes over values, in execution order.
//
// Invariants (checked by verify.h):
//  - a node's inputs are graph inputs, parameters, states, or outputs of earlier nodes;
//  - a value has exactly one definition; the type of a node's outputs is what the op's shape rule
//  says;
//  - only operands that the op names as states are changed, and those are parameters or states;
//  - nodes run in list order, so reads and changes of a state are ordered by their place in the
//  list.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "llmasos/graph.h"

namespace lmos::graph {

struct Op;  // graph/op.h

using ValueId = lmos_value;
inline constexpr ValueId kNoValue = LMOS_NO_VALUE;

// Element type and shape of a contiguous, row-major tensor. A dimension may be a symbol
// (LMOS_SYMBOL).
struct TensorType {
  lmos_dtype dtype = 0;
  std::vector<int64_t> dims;

  bool operator==(const TensorType&) const = default;
  int64_t rank() const { return static_cast<int64_t>(dims.size()); }
  // Product of dims; throws if one is a symbol or the product overflows.
  int64_t elements() const;
  uint64_t bytes() const;
};

using Attribute = std::variant<int64_t, double, std::vector<int64_t>, std::vector<double>>;

// The constants of a node, by the names of docs/ops.md.
class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<const std::string, Attribute>> values)
      : values_(values) {}
  void set(std::string_view name, Attribute value);
  bool has(std::string_view name) const;
  // These throw a kInternal Error that names the attribute when it is absent or of another kind.
  int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::vector<int64_t>& integers(std::string_view name) const;
  const std::vector<double>& numbers(std::string_view name) const;
  const std::map<std::string, Attribute, std::less<>>& all() const { return values_; }
  bool operator==(const Attributes&) const = default;

 private:
  std::map<std::string, Attribute, std::less<>> values_;
};

enum class ValueKind {
  kInput,      // given anew for each execution
  kParameter,  // trainable; persistent
  kState,      // persistent, not trainable: caches, gradients, optimizer moments
  kNode,       // output of a node
};

enum class Init { kZeros = LMOS_INIT_ZEROS, kOnes = LMOS_INIT_ONES, kNormal = LMOS_INIT_NORMAL };

// What a model says about a parameter beyond its type. See lmos_parameter.
struct Parameter {
  ValueId value = kNoValue;
  std::string name;
  std::vector<std::string> axes;
  Init init = Init::kZeros;
  double init_scale = 0;
  bool decay = false;
  // Of weights that are stored otherwise than files hold them (passes/quantize_weights.h,
  // passes/compact_weights.h).
  std::string part_of;      // the parameter that this one is made with; empty: none
  bool transposed = false;  // files hold it with its axes exchanged
};

struct Value {
  ValueKind kind = ValueKind::kNode;
  TensorType type;
  std::string name;     // of inputs, parameters and states; otherwise empty
  uint32_t node = 0;    // kNode: index of the producer in Graph::nodes
  uint32_t output = 0;  // kNode: which of its outputs
};

inline constexpr int32_t kNoBlock = -1;

struct Node {
  const Op* op = nullptr;
  std::vector<ValueId> inputs;  // kNoValue: absent optional operand
  std::vector<ValueId> outputs;
  Attributes attributes;
  int32_t block = kNoBlock;  // index in Graph::blocks
};

struct Output {
  std::string name;
  ValueId value = kNoValue;
};

struct Graph {
  std::vector<Value> values;  // by ValueId
  std::vector<Node> nodes;    // in execution order
  std::vector<ValueId> inputs;
  std::vector<Parameter> parameters;
  std::vector<ValueId> states;
  std::vector<Output> outputs;
  std::vector<std::string> symbols;  // name of LMOS_SYMBOL(i)
  std::vector<std::string> blocks;   // names of the marked blocks

  const Value& value(ValueId id) const { return values[id]; }
  const TensorType& type(ValueId id) const { return values[id].type; }
  // kNoValue if there is none of that name.
  ValueId find_input(std::string_view name) const;
  ValueId find_state(std::string_view name) const;
  ValueId find_output(std::string_view name) const;
  const Parameter* find_parameter(std::string_view name) const;
};

// The graph with every symbol replaced, in dimensions and integer attributes. `values`: by symbol
// name. Throws a kUsage Error if a symbol that occurs has no value or one below 1, kInternal if
// the numbers do not fit an op.
Graph bind(const Graph& graph, const std::map<std::string, int64_t, std::less<>>& values);

// Dtypes outside the enumeration of types.h: named "unknown", no float, and dtype_bytes throws
// kInternal.
std::string_view dtype_name(lmos_dtype dtype);  // "f32"
uint64_t dtype_bytes(lmos_dtype dtype);
bool is_float(lmos_dtype dtype);
bool is_integer(lmos_dtype dtype);  // bool included

// A dimension as text: "64", or a symbol's name ("$0" without a graph that knows it).
std::string dimension_name(int64_t dimension, const Graph* symbols = nullptr);
// "bf16[tokens,64]"
std::string to_string(const TensorType& type, const Graph* symbols = nullptr);

}  // namespace lmos::graph
