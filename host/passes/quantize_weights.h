// Weights of products in one byte, with a float32 scale for each output: for inference.
#pragma once

#include <string>

#include "graph/graph.h"

namespace lmos::passes {

// linear(x, w, b)  →  linear_quantized(x, q, scale, b), for the weights of linears
// (linear_weights.h). q takes the place of w, under its name, [O, I] in `format` (LMOS_I8 or
// LMOS_F8_E4M3); scale is a new parameter. Of a graph without gradients.
graph::Graph quantize_weights(const graph::Graph& graph, lmos_dtype format);

// The name of the parameter that scales the rows of another.
std::string scale_name(const std::string& weight);

}  // namespace lmos::passes
