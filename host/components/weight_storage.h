// How a pipeline holds the matrices of a model that generates.
#pragma once

#include "graph/graph.h"
#include "pipeline/pipeline.h"

namespace lmos::components {

// A graph without gradients in `compute`, changed so that its matrices are held so
// (passes/quantize_weights.h, passes/compact_weights.h). Error(kConfiguration) for compact weights
// of another type than bfloat16.
graph::Graph with_storage(const graph::Graph& graph, WeightStorage storage, lmos_dtype compute);

}  // namespace lmos::components
