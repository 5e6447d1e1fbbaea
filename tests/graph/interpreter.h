// Runs a graph node by node on the reference backend: the meaning of a graph, with nothing in
// between.
#pragma once

#include <map>
#include <string>

#include "backends/host_tensor.h"
#include "graph/graph.h"

namespace lmos::test {

using NamedTensors = std::map<std::string, HostTensor>;

// `given`: inputs, parameters and states by name. Returns the graph's outputs, and its parameters
// and states after the run, by name. All shapes are numbers.
NamedTensors interpret(const graph::Graph& graph, const NamedTensors& given);

// Standard normal values, the same for the same seed; for integers, 0 or 1.
HostTensor random_tensor(const graph::TensorType& type, uint64_t seed);
// Random tensors for everything that `given` lacks.
NamedTensors complete(const graph::Graph& graph, NamedTensors given);

}  // namespace lmos::test
