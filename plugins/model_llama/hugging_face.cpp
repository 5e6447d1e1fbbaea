// config.json of transformers' LlamaForCausalLM. Defaults for absent members are transformers'.
#include "model.h"
#include "rope_hugging_face.h"

namespace lmos::llama {

namespace {

constexpr Names kNames = {.layers = "num_hidden_layers",
                          .embed = "hidden_size",
                          .heads = "num_attention_heads",
                          .kv_heads = "num_key_value_heads",
                          .head_dim = "head_dim",
                          .mlp = "intermediate_size",
                          .context = "max_position_embeddings"};

void refuse_unsupported(const sdk::Config& config) {
  if (config.find("sliding_window"))
    config.fail("`sliding_window` is set; attention over a window is not supported");
  if (config.find("quantization_config"))
    config.fail("`quantization_config` is set; give the unquantised model");
  if (config.float_or("attention_dropout", 0) != 0)
    sdk::log(LMOS_LOG_WARNING, config.place() + ": `attention_dropout` is not applied in training");
}

}  // namespace

std::unique_ptr<Llama> Llama::from_hugging_face(const sdk::Config& config) {
  refuse_unsupported(config);
  Architecture a;
  a.vocab = config.require("vocab_size").as_int();
  a.layers = config.require("num_hidden_layers").as_int();
  a.embed = config.require("hidden_size").as_int();
  a.heads = config.require("num_attention_heads").as_int();
  a.kv_heads = config.int_or("num_key_value_heads", a.heads);
  a.mlp = config.require("intermediate_size").as_int();
  a.activation = sdk::nn::read_activation(config, "hidden_act", "silu");
  a.context = config.int_or("max_position_embeddings", 2048);
  if (a.heads < 1)
    config.fail("`num_attention_heads` is " + std::to_string(a.heads) + "; it must be positive");
  a.head_dim = config.int_or("head_dim", a.embed / a.heads);
  a.rope = read_rope(config, a.context);
  a.norm_epsilon = config.float_or("rms_norm_eps", 1e-6);
  a.tied = config.bool_or("tie_word_embeddings", false);
  a.attention_bias = config.bool_or("attention_bias", false);
  a.mlp_bias = config.bool_or("mlp_bias", false);
  a.init_scale = config.float_or("initializer_range", 0.02);
  const std::string what = problem(a, kNames);
  if (!what.empty()) config.fail(what);
  return std::make_unique<Llama>(a);
}

void Llama::write_hugging_face(sdk::ConfigWriter& writer, std::string_view) const {
  const Architecture& a = architecture_;
  writer.begin_list("architectures");
  writer.put_string("", "LlamaForCausalLM");
  writer.end();
  writer.put_string("model_type", "llama");
  writer.put_int("vocab_size", a.vocab);
  writer.put_int("max_position_embeddings", a.context);
  writer.put_int("num_hidden_layers", a.layers);
  writer.put_int("hidden_size", a.embed);
  writer.put_int("num_attention_heads", a.heads);
  writer.put_int("num_key_value_heads", a.kv_heads);
  writer.put_int("head_dim", a.head_dim);
  writer.put_int("intermediate_size", a.mlp);
  writer.put_string("hidden_act", a.activation.name);
  writer.put_float("rms_norm_eps", a.norm_epsilon);
  writer.put_bool("tie_word_embeddings", a.tied);
  writer.put_bool("attention_bias", a.attention_bias);
  writer.put_bool("mlp_bias", a.mlp_bias);
  writer.put_float("attention_dropout", 0);
  writer.put_float("initializer_range", a.init_scale);
  write_rope(writer, a.rope);
}

}  // namespace lmos::llama
