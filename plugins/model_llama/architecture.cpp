#include "architecture.h"

namespace lmos::llama {

namespace {

// Far above any model, and small enough that no product of two sizes overflows.
constexpr int64_t kLargestSize = int64_t{1} << 30;
constexpr int64_t kMostLayers = 10000;

std::string out_of_range(const std::string& name, int64_t value, int64_t largest) {
  if (value >= 1 && value <= largest) return "";
  return "`" + name + "` is " + std::to_string(value) + "; it must be from 1 to " +
         std::to_string(largest);
}

std::string scaling_problem(const sdk::Rope& rope) {
  if (!(rope.theta > 0) || !std::isfinite(rope.theta)) return "the RoPE theta must be positive";
  if (rope.scaling == sdk::RopeScaling::kNone) return "";
  if (!(rope.factor >= 1) || !std::isfinite(rope.factor))
    return "the RoPE scaling factor must be at least 1";
  if (rope.scaling == sdk::RopeScaling::kLinear) return "";
  if (!(rope.low_freq_factor > 0) || !(rope.high_freq_factor > rope.low_freq_factor))
    return "the RoPE scaling needs 0 < low_freq_factor < high_freq_factor";
  return out_of_range("original context", rope.original_context, kLargestSize);
}

}  // namespace

std::string problem(const Architecture& a, const Names& names) {
  struct Size {
    const char* name;
    int64_t value;
    int64_t largest;
  };
  const Size sizes[] = {
      {"vocab_size", a.vocab, kLargestSize},      {names.context, a.context, kLargestSize},
      {names.layers, a.layers, kMostLayers},      {names.embed, a.embed, kLargestSize},
      {names.heads, a.heads, kLargestSize},       {names.kv_heads, a.kv_heads, kLargestSize},
      {names.head_dim, a.head_dim, kLargestSize}, {names.mlp, a.mlp, kLargestSize}};
  for (const Size& size : sizes) {
    std::string what = out_of_range(size.name, size.value, size.largest);
    if (!what.empty()) return what;
  }
  if (a.heads % a.kv_heads != 0)
    return std::string("`") + names.heads + "` (" + std::to_string(a.heads) +
           ") must be a multiple of `" + names.kv_heads + "` (" + std::to_string(a.kv_heads) + ")";
  if (a.head_dim % 2 != 0)
    return std::string("`") + names.head_dim + "` is " + std::to_string(a.head_dim) +
           "; rotary embeddings need an even number";
  if (!(a.norm_epsilon > 0)) return "the norm's epsilon must be positive";
  if (!(a.dropout >= 0 && a.dropout < 1)) return "`dropout` must be at least 0 and below 1";
  return scaling_problem(a.rope);
}

}  // namespace lmos::llama
