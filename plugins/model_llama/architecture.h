// What a LLaMA is: the numbers that its graph depends on.
#pragma once

#include <cstdint>
#include <string>

#include "llmasos/activation.hpp"
#include "llmasos/nn.hpp"
#include "llmasos/rope.hpp"

namespace lmos::llama {

struct Architecture {
  int64_t vocab = 0;
  int64_t context = 0;  // longest sequence, in tokens
  int64_t layers = 0;
  int64_t embed = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t mlp = 0;
  sdk::nn::NamedActivation activation;  // of the gate
  sdk::Rope rope;
  double norm_epsilon = 1e-5;
  bool tied = false;  // the LM head is the embedding
  bool attention_bias = false;
  bool mlp_bias = false;
  double dropout = 0;
  double init_scale = 0.02;  // standard deviation

  sdk::nn::Heads attention_heads() const { return {heads, kv_heads, head_dim}; }
};

// What is wrong with the numbers, in the words of `Names`, or "" if nothing is.
struct Names {
  const char *layers, *embed, *heads, *kv_heads, *head_dim, *mlp, *context;
};
std::string problem(const Architecture& architecture, const Names& names);

}  // namespace lmos::llama
