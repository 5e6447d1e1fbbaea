// Weights for timing: plausible numbers, made fast.
#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "runtime/device.h"
#include "runtime/tensor_store.h"

namespace lmos::bench {

// Allocates every parameter of the graph, f32, bf16, f16 or quantised. A block of normal numbers
// with standard deviation 0.02 is repeated through all of them: drawing each of a billion anew
// would take longer than the bench.
void add_random_weights(runtime::TensorStore& store, runtime::Stream& stream,
                        const graph::Graph& graph, runtime::MemoryCategory category, uint64_t seed);

}  // namespace lmos::bench
