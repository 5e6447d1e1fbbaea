// Writing a graph: one method an operation of docs/ops.md. T tokens, E embed, V vocab, H heads, K
// kv_heads, D head_dim, F mlp.
#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmasos/graph.h"
#include "llmasos/host.hpp"

namespace lmos::sdk {

using Value = lmos_value;
inline constexpr Value kNoValue = LMOS_NO_VALUE;

// A node's constant. The arrays that it points to outlive the call that it is given to.
struct Attribute : lmos_attribute {
  static Attribute integer(std::string_view name, int64_t value) {
    Attribute attribute(LMOS_ATTRIBUTE_INT, name);
    attribute.int_value = value;
    return attribute;
  }
  static Attribute number(std::string_view name, double value) {
    Attribute attribute(LMOS_ATTRIBUTE_FLOAT, name);
    attribute.float_value = value;
    return attribute;
  }
  static Attribute integers(std::string_view name, std::span<const int64_t> values) {
    Attribute attribute(LMOS_ATTRIBUTE_INTS, name);
    attribute.ints = values.data();
    attribute.count = values.size();
    return attribute;
  }
  static Attribute numbers(std::string_view name, std::span<const double> values) {
    Attribute attribute(LMOS_ATTRIBUTE_FLOATS, name);
    attribute.floats = values.data();
    attribute.count = values.size();
    return attribute;
  }

 private:
  Attribute(int32_t kind, std::string_view name) : lmos_attribute{} {
    struct_size = sizeof(lmos_attribute);
    this->kind = kind;
    this->name = borrow(name);
  }
};

// A dimension of a parameter: the axis's logical name (lmos_parameter) and its size.
struct Axis {
  std::string_view name;
  int64_t size;
};

struct Parameter {
  std::string name;  // as in the model's Hugging Face files
  std::vector<Axis> axes;
  int32_t init = LMOS_INIT_NORMAL;
  double init_scale = 0;  // standard deviation, for LMOS_INIT_NORMAL
  bool decay = true;      // weight decay applies
  bool product = true;    // operand of matrix products: seen in the compute dtype
};

struct AttentionOptions {
  double scale;
  bool causal;
  int64_t sequence;           // tokens a sequence, or its symbol
  Value segments = kNoValue;  // [T] i32
  // Dropout of the probabilities: `state` i64[2], or none. Sites of one graph differ.
  Value state = kNoValue;
  double rate = 0;
  int64_t site = 0;
};

// The host's builder. Every method throws when the host refuses; the host's message names the op
// and the shapes.
class GraphBuilder {
 public:
  GraphBuilder(const lmos_host_graph* table, lmos_graph_builder* builder)
      : table_(table), builder_(builder) {
    if (table->struct_size < LMOS_HOST_GRAPH_V1_SIZE)
      throw unsupported("the host's " LMOS_HOST_GRAPH_ID " is smaller than this plugin needs");
  }

  lmos_dtype compute_dtype() { return table_->compute_dtype(builder_); }
  // That a sum, a loss or a logit is kept in.
  lmos_dtype accumulation_dtype() { return compute_dtype() == LMOS_F64 ? LMOS_F64 : LMOS_F32; }
  int64_t symbol(std::string_view name) { return table_->symbol(builder_, borrow(name)); }

  Value input(std::string_view name, lmos_dtype dtype, std::initializer_list<int64_t> dims) {
    lmos_tensor_info info = tensor(dtype, dims.size());
    size_t i = 0;
    for (int64_t dim : dims) info.dims[i++] = dim;
    Value value = kNoValue;
    check(table_->input(builder_, borrow(name), &info, &value));
    return value;
  }

  // The same name again gives the same value.
  Value parameter(const Parameter& description) {
    lmos_parameter parameter = {};
    parameter.struct_size = sizeof(lmos_parameter);
    parameter.init = description.init;
    parameter.name = borrow(description.name);
    parameter.info = tensor(0, description.axes.size());
    std::array<lmos_string, LMOS_MAX_RANK> axes = {};
    for (size_t i = 0; i < description.axes.size(); ++i) {
      parameter.info.dims[i] = description.axes[i].size;
      axes[i] = borrow(description.axes[i].name);
    }
    parameter.axes = axes.data();
    parameter.init_scale = description.init_scale;
    parameter.decay = description.decay ? 1 : 0;
    parameter.product = description.product ? 1 : 0;
    Value value = kNoValue;
    check(table_->parameter(builder_, &parameter, &value));
    return value;
  }

  void output(std::string_view name, Value value) {
    check(table_->output(builder_, borrow(name), value));
  }
  void begin_block(std::string_view name) { check(table_->begin_block(builder_, borrow(name))); }
  void end_block() { check(table_->end_block(builder_)); }

  lmos_tensor_info info(Value value) {
    lmos_tensor_info info = tensor(0, 0);
    check(table_->value_info(builder_, value, &info));
    return info;
  }
  lmos_dtype dtype(Value value) { return info(value).dtype; }

  // Any operation by its name.
  template <size_t kOutputs>
  std::array<Value, kOutputs> node(std::string_view op, std::initializer_list<Value> inputs,
                                   std::initializer_list<Attribute> attributes = {}) {
    std::array<Value, kOutputs> outputs;
    outputs.fill(kNoValue);
    check(table_->node(builder_, borrow(op), inputs.begin(), inputs.size(), attributes.begin(),
                       attributes.size(), outputs.data(), outputs.size()));
    return outputs;
  }
  // Of one output.
  Value one(std::string_view op, std::initializer_list<Value> inputs,
            std::initializer_list<Attribute> attributes = {}) {
    return node<1>(op, inputs, attributes)[0];
  }

  // `values`: one for all elements, or one an element.
  Value constant(lmos_dtype dtype, std::span<const int64_t> shape, std::span<const double> values) {
    return one("constant", {},
               {Attribute::integers("shape", shape), Attribute::integer("dtype", dtype),
                Attribute::numbers("values", values)});
  }
  // x itself if it has that dtype already.
  Value cast(Value x, lmos_dtype to) {
    return dtype(x) == to ? x : one("cast", {x}, {Attribute::integer("dtype", to)});
  }
  Value add(Value a, Value b) { return one("add", {a, b}); }
  Value sub(Value a, Value b) { return one("sub", {a, b}); }
  Value mul(Value a, Value b) { return one("mul", {a, b}); }
  Value maximum(Value a, Value b) { return one("maximum", {a, b}); }
  Value reshape(Value x, std::initializer_list<int64_t> shape) {
    return one("reshape", {x}, {Attribute::integers("shape", {shape.begin(), shape.size()})});
  }
  // x [T,I], w [O,I] -> x wᵀ [T,O] of `dtype`.
  Value matmul_transposed(Value x, Value w, lmos_dtype dtype) {
    return one("matmul", {x, w},
               {Attribute::integer("transpose_a", 0), Attribute::integer("transpose_b", 1),
                Attribute::integer("dtype", dtype)});
  }
  // x [N,..], index [T] i32 -> [T,..]
  Value gather_rows(Value x, Value index) { return one("gather_rows", {x, index}); }
  // Elements [begin, end) along an axis.
  Value slice(Value x, int64_t axis, int64_t begin, int64_t end) {
    return one("slice", {x},
               {Attribute::integer("axis", axis), Attribute::integer("begin", begin),
                Attribute::integer("end", end)});
  }
  // x [..,I], w [O,I] or, if `transposed`, [I,O], bias [O] or none -> [..,O]
  Value linear(Value x, Value w, Value bias = kNoValue, bool transposed = false) {
    return one("linear", {x, w, bias}, {Attribute::integer("transposed", transposed ? 1 : 0)});
  }
  Value tanh(Value x) { return one("tanh", {x}); }
  Value sigmoid(Value x) { return one("sigmoid", {x}); }
  Value exp(Value x) { return one("exp", {x}); }
  Value log(Value x) { return one("log", {x}); }
  // 1 or 0 as i32.
  Value equal(Value a, Value b) { return one("equal", {a, b}); }
  Value less(Value a, Value b) { return one("less", {a, b}); }
  // condition ≠ 0 ? a : b
  Value select(Value condition, Value a, Value b) { return one("select", {condition, a, b}); }
  Value broadcast(Value x, std::initializer_list<int64_t> shape) {
    return one("broadcast", {x}, {Attribute::integers("shape", {shape.begin(), shape.size()})});
  }
  // Of every element `value`.
  Value filled(lmos_dtype dtype, std::initializer_list<int64_t> shape, double value) {
    return constant(dtype, {shape.begin(), shape.size()}, {&value, 1});
  }
  // Of x's shape and dtype.
  Value filled_like(Value x, double value) {
    const lmos_tensor_info like = info(x);
    return constant(like.dtype, {like.dims, like.rank}, {&value, 1});
  }
  // y[i…] = i[axis]
  Value iota(lmos_dtype dtype, std::initializer_list<int64_t> shape, int64_t axis) {
    return one("iota", {},
               {Attribute::integers("shape", {shape.begin(), shape.size()}),
                Attribute::integer("dtype", dtype), Attribute::integer("axis", axis)});
  }
  // Over one axis, which goes.
  Value reduce_sum(Value x, int64_t axis) { return reduce("reduce_sum", x, axis); }
  Value reduce_max(Value x, int64_t axis) { return reduce("reduce_max", x, axis); }
  // x [..,E], w [E] -> [..,E]
  Value rms_norm(Value x, Value w, double epsilon) {
    return node<2>("rms_norm", {x, w}, {Attribute::number("epsilon", epsilon)})[0];
  }
  // x [..,E], w [E], b [E] -> [..,E]
  Value layer_norm(Value x, Value w, Value b, double epsilon) {
    return node<3>("layer_norm", {x, w, b}, {Attribute::number("epsilon", epsilon)})[0];
  }
  // x [T,H,D], positions [T] i32, frequencies [D/2] f32 -> [T,H,D]
  Value rope(Value x, Value positions, Value frequencies) {
    return one("rope", {x, positions, frequencies}, {Attribute::integer("inverse", 0)});
  }
  // gate, up [..,F] -> [..,F]
  Value swiglu(Value gate, Value up) { return one("swiglu", {gate, up}); }
  // x Φ(x), or its form with tanh.
  Value gelu(Value x, bool approximate) {
    return one("gelu", {x}, {Attribute::integer("approximate", approximate ? 1 : 0)});
  }
  // q [T,H,D], k and v [T,K,D] -> [T,H,D]
  Value attention(Value q, Value k, Value v, const AttentionOptions& options) {
    const auto inputs = {q, k, v, options.segments, options.state};
    const Attribute scale = Attribute::number("scale", options.scale);
    const Attribute causal = Attribute::integer("causal", options.causal ? 1 : 0);
    const Attribute sequence = Attribute::integer("sequence", options.sequence);
    if (options.state == kNoValue)
      return node<2>("attention", inputs, {scale, causal, sequence})[0];
    return node<2>("attention", inputs,
                   {scale, causal, sequence, Attribute::number("rate", options.rate),
                    Attribute::integer("site", options.site)})[0];
  }
  // x [T,E], w [V,E], bias [V] or none, labels [T] i32 -> loss [T] f32, 0 where the label is
  // `ignore`
  Value linear_cross_entropy(Value x, Value w, Value labels, int64_t ignore,
                             Value bias = kNoValue) {
    return node<2>("linear_cross_entropy", {x, w, labels, bias},
                   {Attribute::integer("ignore", ignore)})[0];
  }
  // state: i64[2]. Sites of one graph differ.
  Value dropout(Value x, Value state, double rate, int64_t site) {
    return one("dropout", {x, state},
               {Attribute::number("rate", rate), Attribute::integer("site", site)});
  }

 private:
  static lmos_tensor_info tensor(lmos_dtype dtype, size_t rank) {
    if (rank > LMOS_MAX_RANK) throw failed("a tensor has more than 8 dimensions");
    lmos_tensor_info info = {};
    info.struct_size = sizeof(lmos_tensor_info);
    info.dtype = dtype;
    info.rank = static_cast<uint32_t>(rank);
    return info;
  }

  Value reduce(std::string_view op, Value x, int64_t axis) {
    return one(op, {x}, {Attribute::integers("axes", {&axis, 1}), Attribute::integer("keep", 0)});
  }

  const lmos_host_graph* table_;
  lmos_graph_builder* builder_;
};

}  // namespace lmos::sdk
