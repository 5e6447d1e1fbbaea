// Initial values of a model's parameters.
#pragma once

#include <cstdint>
#include <span>

#include "graph/graph.h"

namespace lmos::train {

// Fills `values` as the parameter asks: zeros, ones, or normal(0, init_scale). A pure function of
// the seed and the parameter's name and shape: the same on every backend, and whatever else the
// model holds.
void initialize(const graph::Parameter& parameter, uint64_t seed, std::span<float> values);

}  // namespace lmos::train
