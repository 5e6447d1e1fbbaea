#include <algorithm>

#include "llmasos/activation.hpp"
#include "llmasos/context.hpp"
#include "llmasos/sizes.hpp"
#include "model.h"

namespace lmos::gpt2 {

namespace {

constexpr Names kNames = {.layers = "layers",
                          .embed = "embed",
                          .heads = "heads",
                          .mlp = "mlp",
                          .context = "context",
                          .embed_dropout = "dropout",
                          .attention_dropout = "attention_dropout",
                          .residual_dropout = "dropout"};

}  // namespace

std::unique_ptr<Gpt2> Gpt2::create(const sdk::Config& section, int64_t vocab_size,
                                   int64_t context) {
  Architecture a;
  a.vocab = vocab_size;
  a.layers = section.require("layers").as_int();
  a.embed = section.require("embed").as_int();
  a.heads = section.require("heads").as_int();
  a.context = sdk::read_context(section, context);
  a.mlp = section.find("mlp") ? section.require("mlp").as_int()
                              : 4 * std::min(a.embed, sdk::kLargestSize);
  a.activation = sdk::nn::read_activation(section, "activation", "gelu_tanh");
  a.norm_epsilon = section.float_or("norm_epsilon", a.norm_epsilon);
  a.tied = section.bool_or("tied", a.tied);
  a.embed_dropout = a.residual_dropout = section.float_or("dropout", 0);
  a.attention_dropout = section.float_or("attention_dropout", 0);
  a.init_scale = section.float_or("init_scale", a.init_scale);
  const std::string what = problem(a, kNames);
  if (!what.empty()) section.fail(what);
  return std::make_unique<Gpt2>(a);
}

}  // namespace lmos::gpt2
