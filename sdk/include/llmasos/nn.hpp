// Layers that transformer models share, composed of the graph's operations. Tensors are named as
// Hugging Face names them.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "llmasos/graph.hpp"

namespace lmos::sdk::nn {

// A bias [axis], of zeros.
inline Value bias(GraphBuilder& graph, const std::string& name, Axis axis) {
  return graph.parameter(
      {.name = name, .axes = {axis}, .init = LMOS_INIT_ZEROS, .decay = false, .product = false});
}

// y = x wᵀ + b, with the parameters `name`.weight [out, in] and, if `biased`, `name`.bias [out].
struct Linear {
  std::string name;
  Axis out;
  Axis in;
  bool biased = false;
  double init_scale = 0.02;
  bool transposed = false;  // the weight is [in, out], as transformers' Conv1D keeps it

  // x [.., in] -> [.., out]
  Value operator()(GraphBuilder& graph, Value x) const {
    return graph.linear(x, weight(graph), biased ? bias(graph) : kNoValue, transposed);
  }
  Value weight(GraphBuilder& graph) const {
    const std::vector<Axis> axes = transposed ? std::vector{in, out} : std::vector{out, in};
    return graph.parameter({.name = name + ".weight", .axes = axes, .init_scale = init_scale});
  }
  Value bias(GraphBuilder& graph) const { return nn::bias(graph, name + ".bias", out); }
};

// A table of rows that are looked up, the parameter `name`.weight [rows, width].
struct Embedding {
  std::string name;
  Axis rows;
  Axis width;
  double init_scale = 0.02;
  // Also an operand of products, as a tied LM head. Otherwise the table stays in the storage dtype:
  // casting the few rows is cheaper.
  bool product = false;

  Value weight(GraphBuilder& graph) const {
    return graph.parameter({.name = name + ".weight",
                            .axes = {rows, width},
                            .init_scale = init_scale,
                            .product = product});
  }
  // index [n] i32 -> [n, width] in the compute dtype
  Value operator()(GraphBuilder& graph, Value index) const {
    return graph.cast(graph.gather_rows(weight(graph), index), graph.compute_dtype());
  }
};

// Root mean square norm with the parameter `name`.weight [axis].
struct RmsNorm {
  std::string name;
  Axis axis;
  double epsilon;

  // x [.., axis] -> [.., axis]
  Value operator()(GraphBuilder& graph, Value x) const {
    const Value weight = graph.parameter({.name = name + ".weight",
                                          .axes = {axis},
                                          .init = LMOS_INIT_ONES,
                                          .decay = false,
                                          .product = false});
    return graph.rms_norm(x, weight, epsilon);
  }
};

// Normalisation by mean and variance with the parameters `name`.weight and `name`.bias [axis].
struct LayerNorm {
  std::string name;
  Axis axis;
  double epsilon;

  // x [.., axis] -> [.., axis]
  Value operator()(GraphBuilder& graph, Value x) const {
    const Value weight = graph.parameter({.name = name + ".weight",
                                          .axes = {axis},
                                          .init = LMOS_INIT_ONES,
                                          .decay = false,
                                          .product = false});
    return graph.layer_norm(x, weight, bias(graph, name + ".bias", axis), epsilon);
  }
};

// The numbered sites of one graph at which something is dropped. Declares the input random_state
// [2] i64 only when there is one.
class DropoutSites {
 public:
  DropoutSites(GraphBuilder& graph, bool training) : graph_(graph), training_(training) {}

  // Each call is a site of its own.
  Value drop(Value x, double rate) {
    return active(rate) ? graph_.dropout(x, state(), rate, next_site_++) : x;
  }
  // The same inside attention.
  void drop(AttentionOptions& options, double rate) {
    if (!active(rate)) return;
    options.state = state();
    options.rate = rate;
    options.site = next_site_++;
  }

 private:
  bool active(double rate) const { return training_ && rate > 0; }
  Value state() {
    if (state_ == kNoValue) state_ = graph_.input("random_state", LMOS_I64, {2});
    return state_;
  }

  GraphBuilder& graph_;
  bool training_;
  Value state_ = kNoValue;
  int64_t next_site_ = 0;
};

struct Heads {
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;

  // Axes of the projections' outputs.
  Axis query_axis() const { return {"heads", heads * head_dim}; }
  Axis key_axis() const { return {"kv_heads", kv_heads * head_dim}; }
};

// Rotation by position; frequencies are Rope::frequencies of `head_dim`.
struct Rotation {
  Value positions;    // [tokens] i32
  Value frequencies;  // [head_dim / 2] f32
};

// q [tokens, heads·head_dim], k and v [tokens, kv_heads·head_dim] -> [tokens, heads·head_dim].
// Scaled by 1/√head_dim unless `options.scale` says otherwise (0: that default). `rotation` may be
// null.
inline Value attend(GraphBuilder& graph, Value q, Value k, Value v, int64_t tokens,
                    const Heads& heads, AttentionOptions options, const Rotation* rotation) {
  q = graph.reshape(q, {tokens, heads.heads, heads.head_dim});
  k = graph.reshape(k, {tokens, heads.kv_heads, heads.head_dim});
  v = graph.reshape(v, {tokens, heads.kv_heads, heads.head_dim});
  if (rotation != nullptr) {
    q = graph.rope(q, rotation->positions, rotation->frequencies);
    k = graph.rope(k, rotation->positions, rotation->frequencies);
  }
  if (options.scale == 0) options.scale = 1.0 / std::sqrt(static_cast<double>(heads.head_dim));
  const Value y = graph.attention(q, k, v, options);
  return graph.reshape(y, {tokens, heads.heads * heads.head_dim});
}

enum class Activation { kGelu, kGeluTanh, kQuickGelu, kRelu, kSilu, kTanh };

// x · sigmoid(slope · x), rounded to x's dtype once.
inline Value sigmoid_gated(GraphBuilder& graph, Value x, double slope) {
  const Value wide = graph.cast(x, graph.accumulation_dtype());
  const Value steep = slope == 1 ? wide : graph.mul(wide, graph.filled_like(wide, slope));
  return graph.cast(graph.mul(wide, graph.sigmoid(steep)), graph.dtype(x));
}

// Elementwise, in x's dtype.
inline Value activate(GraphBuilder& graph, Activation activation, Value x) {
  switch (activation) {
    case Activation::kGelu:
      return graph.gelu(x, false);
    case Activation::kGeluTanh:
      return graph.gelu(x, true);
    case Activation::kQuickGelu:
      return sigmoid_gated(graph, x, 1.702);
    case Activation::kRelu:
      // Of equals, `maximum` gives the gradient to its first operand: the slope at 0 is 0.
      return graph.maximum(graph.filled_like(x, 0), x);
    case Activation::kSilu:
      return sigmoid_gated(graph, x, 1);
    case Activation::kTanh:
      return graph.tanh(x);
  }
  throw invalid("no such activation");
}

// down(activation(up(x)))
inline Value mlp(GraphBuilder& graph, Value x, const Linear& up, Activation activation,
                 const Linear& down) {
  return down(graph, activate(graph, activation, up(graph, x)));
}

// down(activation(gate(x)) · up(x))
inline Value gated_mlp(GraphBuilder& graph, Value x, const Linear& gate, Activation activation,
                       const Linear& up, const Linear& down) {
  const Value gated = gate(graph, x);
  const Value lifted = up(graph, x);
  if (activation == Activation::kSilu) return down(graph, graph.swiglu(gated, lifted));
  return down(graph, graph.mul(activate(graph, activation, gated), lifted));
}

}  // namespace lmos::sdk::nn
