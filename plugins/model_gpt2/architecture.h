// What a GPT-2 is: the numbers that its graph depends on.
#pragma once

#include <cstdint>
#include <string>

#include "llmasos/activation.hpp"
#include "llmasos/nn.hpp"

namespace lmos::gpt2 {

struct Architecture {
  int64_t vocab = 0;
  int64_t context = 0;  // learned positions, and so the longest sequence in tokens
  int64_t layers = 0;
  int64_t embed = 0;
  int64_t heads = 0;
  int64_t mlp = 0;
  sdk::nn::NamedActivation activation;
  double norm_epsilon = 1e-5;
  bool tied = true;                     // the LM head is the embedding
  bool scale_attention = true;          // scores by 1 / √head_dim
  bool scale_by_inverse_layer = false;  // scores of layer i by 1 / (i + 1) as well
  double embed_dropout = 0;
  double attention_dropout = 0;
  double residual_dropout = 0;
  double init_scale = 0.02;  // standard deviation

  sdk::nn::Heads attention_heads() const { return {heads, heads, embed / heads}; }
};

// What is wrong with the numbers, in the words of `Names`, or "" if nothing is.
struct Names {
  const char *layers, *embed, *heads, *mlp, *context;
  const char *embed_dropout, *attention_dropout, *residual_dropout;
};
std::string problem(const Architecture& architecture, const Names& names);

}  // namespace lmos::gpt2
