// Layers that transformer models share, composed of the graph's operations. Tensors are named as
// Hugging Face names them.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "llmasos/graph.hpp"

namespace lmos::sdk::nn {

// y = x wᵀ + b, with the parameters `name`.weight [out, in] and, if `bias`, `name`.bias [out].
struct Linear {
  std::string name;
  Axis out;
  Axis in;
  bool bias = false;
  double init_scale = 0.02;

  // x [.., in] -> [.., out]
  Value operator()(GraphBuilder& graph, Value x) const {
    const Value weight =
        graph.parameter({.name = name + ".weight", .axes = {out, in}, .init_scale = init_scale});
    if (!bias) return graph.linear(x, weight);
    const Value offset = graph.parameter(
        {.name = name + ".bias", .axes = {out}, .init = LMOS_INIT_ZEROS, .decay = false});
    return graph.linear(x, weight, offset);
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

// Dropout at numbered sites of one graph. Declares the input random_state [2] i64 only when it
// drops anything.
class Dropout {
 public:
  Dropout(GraphBuilder& graph, double rate, bool training) : graph_(graph), rate_(rate) {
    if (training && rate > 0) state_ = graph.input("random_state", LMOS_I64, {2});
  }
  // Each call is a site of its own.
  Value operator()(Value x) {
    return state_ == kNoValue ? x : graph_.dropout(x, state_, rate_, next_site_++);
  }

 private:
  GraphBuilder& graph_;
  double rate_;
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

// down(swiglu(gate(x), up(x)))
inline Value gated_mlp(GraphBuilder& graph, Value x, const Linear& gate, const Linear& up,
                       const Linear& down) {
  const Value gated = gate(graph, x);
  const Value lifted = up(graph, x);
  return down(graph, graph.swiglu(gated, lifted));
}

}  // namespace lmos::sdk::nn
