#include "architecture.h"

#include "llmasos/sizes.hpp"

namespace lmos::llama {

namespace {

std::string scaling_problem(const sdk::Rope& rope) {
  if (!(rope.theta > 0) || !std::isfinite(rope.theta)) return "the RoPE theta must be positive";
  if (rope.scaling == sdk::RopeScaling::kNone) return "";
  if (!(rope.factor >= 1) || !std::isfinite(rope.factor))
    return "the RoPE scaling factor must be at least 1";
  if (rope.scaling == sdk::RopeScaling::kLinear) return "";
  if (!(rope.low_freq_factor > 0) || !(rope.high_freq_factor > rope.low_freq_factor))
    return "the RoPE scaling needs 0 < low_freq_factor < high_freq_factor";
  const sdk::Size original[] = {{"original context", rope.original_context}};
  return sdk::size_problem(original);
}

}  // namespace

std::string problem(const Architecture& a, const Names& names) {
  const sdk::Size sizes[] = {{"vocab_size", a.vocab},
                             {names.context, a.context},
                             {names.layers, a.layers, sdk::kMostLayers},
                             {names.embed, a.embed},
                             {names.heads, a.heads},
                             {names.kv_heads, a.kv_heads},
                             {names.head_dim, a.head_dim},
                             {names.mlp, a.mlp}};
  if (std::string what = sdk::size_problem(sizes); !what.empty()) return what;
  if (a.heads % a.kv_heads != 0)
    return std::string("`") + names.heads + "` (" + std::to_string(a.heads) +
           ") must be a multiple of `" + names.kv_heads + "` (" + std::to_string(a.kv_heads) + ")";
  if (a.head_dim % 2 != 0)
    return std::string("`") + names.head_dim + "` is " + std::to_string(a.head_dim) +
           "; rotary embeddings need an even number";
  if (!(a.norm_epsilon > 0)) return "the norm's epsilon must be positive";
  if (std::string what = sdk::rate_problem("dropout", a.dropout); !what.empty()) return what;
  return scaling_problem(a.rope);
}

}  // namespace lmos::llama
