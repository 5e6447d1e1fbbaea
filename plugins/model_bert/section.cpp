#include <algorithm>

#include "llmasos/activation.hpp"
#include "llmasos/context.hpp"
#include "llmasos/sizes.hpp"
#include "model.h"

namespace lmos::bert {

namespace {

constexpr Names kNames = {.context = "context",
                          .token_types = "token_types",
                          .layers = "layers",
                          .embed = "embed",
                          .heads = "heads",
                          .mlp = "mlp",
                          .classes = "classes",
                          .dropout = "dropout",
                          .attention_dropout = "attention_dropout",
                          .classifier_dropout = "dropout"};

}  // namespace

std::unique_ptr<Bert> Bert::create(const sdk::Config& section, int64_t vocab_size,
                                   int64_t context) {
  Architecture a;
  a.vocab = vocab_size;
  a.layers = section.require("layers").as_int();
  a.embed = section.require("embed").as_int();
  a.heads = section.require("heads").as_int();
  a.context = sdk::read_context(section, context);
  a.mlp = section.int_or("mlp", 4 * std::min(a.embed, sdk::kLargestSize));
  a.token_types = section.int_or("token_types", a.token_types);
  a.classes = section.int_or("classes", a.classes);
  a.activation = sdk::nn::read_activation(section, "activation", "gelu");
  a.norm_epsilon = section.float_or("norm_epsilon", a.norm_epsilon);
  a.tied = section.bool_or("tied", a.tied);
  a.dropout = a.classifier_dropout = section.float_or("dropout", 0.1);
  a.attention_dropout = section.float_or("attention_dropout", 0.1);
  a.init_scale = section.float_or("init_scale", a.init_scale);
  const std::string what = problem(a, kNames);
  if (!what.empty()) section.fail(what);
  return std::make_unique<Bert>(a);
}

}  // namespace lmos::bert
