#include "llmasos/context.hpp"
#include "model.h"

namespace lmos::llama {

namespace {

constexpr Names kNames = {.layers = "layers",
                          .embed = "embed",
                          .heads = "heads",
                          .kv_heads = "kv_heads",
                          .head_dim = "head_dim",
                          .mlp = "mlp",
                          .context = "context"};

void read_scaling(const sdk::Config& section, sdk::Rope& rope) {
  const std::string kind = section.string_or("kind", "none");
  if (kind == "linear")
    rope.scaling = sdk::RopeScaling::kLinear;
  else if (kind == "llama3")
    rope.scaling = sdk::RopeScaling::kLlama3;
  else if (kind != "none")
    section.fail("`kind` is `" + kind + "`; it must be none, linear or llama3");
  rope.factor = section.float_or("factor", rope.factor);
  rope.low_freq_factor = section.float_or("low_freq_factor", rope.low_freq_factor);
  rope.high_freq_factor = section.float_or("high_freq_factor", rope.high_freq_factor);
  rope.original_context = section.int_or("original_context", rope.original_context);
}

}  // namespace

std::unique_ptr<Llama> Llama::create(const sdk::Config& section, int64_t vocab_size,
                                     int64_t context) {
  Architecture a;
  a.vocab = vocab_size;
  a.layers = section.require("layers").as_int();
  a.embed = section.require("embed").as_int();
  a.heads = section.require("heads").as_int();
  a.kv_heads = section.int_or("kv_heads", a.heads);
  a.mlp = section.require("mlp").as_int();
  a.activation = sdk::nn::read_activation(section, "activation", "silu");
  a.context = sdk::read_context(section, context);
  if (const sdk::Config head_dim = section.find("head_dim")) {
    a.head_dim = head_dim.as_int();
  } else {
    if (a.heads < 1 || a.embed % a.heads != 0)
      section.fail("`embed` (" + std::to_string(a.embed) + ") must be a multiple of `heads` (" +
                   std::to_string(a.heads) + ") unless `head_dim` is given");
    a.head_dim = a.embed / a.heads;
  }
  a.rope.theta = section.float_or("rope_theta", a.rope.theta);
  if (const sdk::Config scaling = section.find("rope_scaling")) read_scaling(scaling, a.rope);
  a.norm_epsilon = section.float_or("norm_epsilon", a.norm_epsilon);
  a.tied = section.bool_or("tied", a.tied);
  a.attention_bias = section.bool_or("attention_bias", a.attention_bias);
  a.mlp_bias = section.bool_or("mlp_bias", a.mlp_bias);
  a.dropout = section.float_or("dropout", a.dropout);
  a.init_scale = section.float_or("init_scale", a.init_scale);
  const std::string what = problem(a, kNames);
  if (!what.empty()) section.fail(what);
  return std::make_unique<Llama>(a);
}

}  // namespace lmos::llama
