// config.json of transformers' GPT2LMHeadModel. Defaults for absent members are transformers'.
#include <algorithm>

#include "llmasos/activation.hpp"
#include "llmasos/sizes.hpp"
#include "model.h"

namespace lmos::gpt2 {

namespace {

constexpr Names kNames = {.layers = "n_layer",
                          .embed = "n_embd",
                          .heads = "n_head",
                          .mlp = "n_inner",
                          .context = "n_positions",
                          .embed_dropout = "embd_pdrop",
                          .attention_dropout = "attn_pdrop",
                          .residual_dropout = "resid_pdrop"};

}  // namespace

std::unique_ptr<Gpt2> Gpt2::from_hugging_face(const sdk::Config& config) {
  if (config.bool_or("add_cross_attention", false))
    config.fail("`add_cross_attention` is set; only decoders without an encoder are supported");
  if (config.find("quantization_config"))
    config.fail("`quantization_config` is set; give the unquantised model");
  Architecture a;
  a.vocab = config.int_or("vocab_size", 50257);
  a.context = config.int_or("n_positions", 1024);
  a.layers = config.int_or("n_layer", 12);
  a.embed = config.int_or("n_embd", 768);
  a.heads = config.int_or("n_head", 12);
  a.mlp = config.int_or("n_inner", 4 * std::min(a.embed, sdk::kLargestSize));
  a.activation = sdk::nn::read_activation(config, "activation_function", "gelu_new");
  a.norm_epsilon = config.float_or("layer_norm_epsilon", a.norm_epsilon);
  a.tied = config.bool_or("tie_word_embeddings", true);
  a.scale_attention = config.bool_or("scale_attn_weights", true);
  a.scale_by_inverse_layer = config.bool_or("scale_attn_by_inverse_layer_idx", false);
  a.embed_dropout = config.float_or("embd_pdrop", 0.1);
  a.attention_dropout = config.float_or("attn_pdrop", 0.1);
  a.residual_dropout = config.float_or("resid_pdrop", 0.1);
  a.init_scale = config.float_or("initializer_range", 0.02);
  const std::string what = problem(a, kNames);
  if (!what.empty()) config.fail(what);
  return std::make_unique<Gpt2>(a);
}

void Gpt2::write_hugging_face(sdk::ConfigWriter& writer, std::string_view) const {
  const Architecture& a = architecture_;
  writer.begin_list("architectures");
  writer.put_string("", "GPT2LMHeadModel");
  writer.end();
  writer.put_string("model_type", "gpt2");
  writer.put_int("vocab_size", a.vocab);
  writer.put_int("n_positions", a.context);
  writer.put_int("n_layer", a.layers);
  writer.put_int("n_embd", a.embed);
  writer.put_int("n_head", a.heads);
  writer.put_int("n_inner", a.mlp);
  writer.put_string("activation_function", a.activation.name);
  writer.put_float("layer_norm_epsilon", a.norm_epsilon);
  writer.put_bool("tie_word_embeddings", a.tied);
  writer.put_bool("scale_attn_weights", a.scale_attention);
  writer.put_bool("scale_attn_by_inverse_layer_idx", a.scale_by_inverse_layer);
  writer.put_float("embd_pdrop", a.embed_dropout);
  writer.put_float("attn_pdrop", a.attention_dropout);
  writer.put_float("resid_pdrop", a.residual_dropout);
  writer.put_float("initializer_range", a.init_scale);
}

}  // namespace lmos::gpt2
