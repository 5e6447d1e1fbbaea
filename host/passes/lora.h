// Low-rank adaptation (Hu et al. 2021): beside a frozen product x wᵀ, a trained one through a
// narrow waist.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "graph/graph.h"

namespace lmos::passes {

struct LoraModule {
  int64_t rank = 0;
  double scale = 1;  // of what is added: alpha / rank
};

// By the linear layer that is adapted: the name of its weight without ".weight".
using LoraModules = std::map<std::string, LoraModule, std::less<>>;

// The linear layers of a graph, modules whose weight is the operand `w` of `linear` nodes: whether
// the weight is [in, out] instead of [out, in].
std::map<std::string, bool, std::less<>> linear_modules(const graph::Graph& graph);

// The parameter of an adapted module, as PEFT names it in files. `matrix`: "lora_A" [rank, in], or
// "lora_B" [out, rank].
std::string lora_parameter(std::string_view module, std::string_view matrix);

// Each linear node of a module gives linear(x, w) + scale · linear(linear(x', A), B), where x' is x
// with dropout of that rate (0: x itself). A begins as normal noise of PEFT's variance, 1 / (3 in),
// and B as zeros, both float32. Error(kConfiguration) for a module that the graph does not have.
graph::Graph add_lora(const graph::Graph& graph, const LoraModules& modules, double dropout);

// The parameters of `base` become states in `graph`, which has them all: persistent, but without
// gradients and optimizer state.
graph::Graph freeze(const graph::Graph& graph, const graph::Graph& base);

}  // namespace lmos::passes
