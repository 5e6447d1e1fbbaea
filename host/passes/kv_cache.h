// Turns a model's graph over whole sequences into one that continues sequences, token by token or
// chunk by chunk.
#pragma once

#include <cstdint>

#include "graph/graph.h"

namespace lmos::passes {

// Each `attention` becomes `cached_attention` on states key_cache.N and value_cache.N, [slots,
// capacity, K, D] in the dtype of k, N counting from 0. The graph gains the input `slots` [tokens]
// i32 and reads its input `positions` [tokens] i32, which is added if it has none. The input
// `segments` disappears unless something else reads it: a slot is a segment of its own.
//
// `slots` and `capacity`: numbers, or symbols of the graph. Throws kInternal if an attention is not
// causal or its lse is read.
graph::Graph kv_cache(const graph::Graph& graph, int64_t slots, int64_t capacity);

}  // namespace lmos::passes
