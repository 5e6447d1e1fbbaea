// bfloat16 weights of products in 13 bits each, without loss: for inference.
#pragma once

#include <string>

#include "graph/graph.h"

namespace lmos::passes {

// linear(x, w, b)  →  linear_compact(x, blocks, bases, raw, b), for the weights of linears
// (linear_weights.h) whose inputs are a multiple of sdk::kCompactBlock. blocks takes the place of
// w, under its name; bases and raw, with the capacity that sdk::raw_block_capacity gives, are new
// parameters. Of a graph in bfloat16 without gradients.
graph::Graph compact_weights(const graph::Graph& graph);

// The names of the parameters that belong to a compact weight.
std::string bases_name(const std::string& weight);
std::string raw_name(const std::string& weight);

// Whether a parameter of this type that is no part of another is compact.
bool is_compact(const graph::TensorType& type);
// The type of its weights [O, I] then; any other type is its own.
graph::TensorType plain_type(const graph::TensorType& type);

}  // namespace lmos::passes
