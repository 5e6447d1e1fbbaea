// Turns a model's graph over whole sequences into one that continues sequences, token by token or
// chunk by chunk.
#pragma once

#include <cstdint>

#include "graph/graph.h"

namespace lmos::passes {

// Numbers, or symbols of the graph.
struct PagedCache {
  int64_t pages;
  int64_t page_tokens;
  int64_t sequences;       // that the page table has rows for
  int64_t sequence_pages;  // in the longest sequence
};

// Each `attention` becomes `paged_attention` on states key_cache.N and value_cache.N, [pages,
// page_tokens, K, D] in the dtype of k, N counting from 0. The graph gains the inputs `page_table`
// [sequences, sequence_pages] i32 and `sequences` [tokens] i32, and reads its input `positions`
// [tokens] i32, which is added if it has none. The input `segments` disappears unless something
// else reads it: a sequence is a segment of its own.
//
// Throws kInternal if an attention is not causal or its lse is read.
graph::Graph kv_cache(const graph::Graph& graph, const PagedCache& cache);

}  // namespace lmos::passes
