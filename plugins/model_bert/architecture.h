// What a BERT is: the numbers that its graphs depend on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llmasos/activation.hpp"
#include "llmasos/model.h"
#include "llmasos/nn.hpp"

namespace lmos::bert {

struct Architecture {
  std::string_view task = LMOS_TASK_PRETRAINING;  // static; what its files are for
  int64_t vocab = 0;
  int64_t context = 0;  // learned positions, and so the longest sequence in tokens
  int64_t token_types = 2;
  int64_t layers = 0;
  int64_t embed = 0;
  int64_t heads = 0;
  int64_t mlp = 0;
  int64_t classes = 2;
  std::vector<std::string> labels;  // names of the classes; none: LABEL_0, LABEL_1, …
  sdk::nn::NamedActivation activation;
  double norm_epsilon = 1e-12;
  bool tied = true;  // the decoder of masked tokens is the embedding
  double dropout = 0;
  double attention_dropout = 0;
  double classifier_dropout = 0;
  double init_scale = 0.02;  // standard deviation

  sdk::nn::Heads attention_heads() const { return {heads, heads, embed / heads}; }
};

// What is wrong with the numbers, in the words of `Names`, or "" if nothing is.
struct Names {
  const char *context, *token_types, *layers, *embed, *heads, *mlp, *classes;
  const char *dropout, *attention_dropout, *classifier_dropout;
};
std::string problem(const Architecture& architecture, const Names& names);

}  // namespace lmos::bert
