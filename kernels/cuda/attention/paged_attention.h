// Decoding: attention of new tokens over rows kept in a cache. Long contexts are cut into pieces
// that different blocks read (Dao et al. 2023, "Flash-Decoding"); query heads of one key head
// share the loads of its rows.
#pragma once

#include "cuda/attention/attention.h"
#include "cuda/fault.h"

namespace lmos::cuda {

// Position p of sequence s is row p mod page_tokens of page page_table[s, ⌊p / page_tokens⌋].
// Writes k[t], v[t] to position positions[t] of sequence sequence[t] (of tokens that write one row
// the last stays); then q[t] attends positions 0 … positions[t] of its sequence. A sequence,
// position or page out of range is reported, and its token or rows left out.
struct PagedAttention {
  AttentionShape shape;
  AttentionSteps steps;  // of q, k, v
  int64_t pages, page_tokens;
  int64_t sequences, sequence_pages;
  const void* q;              // [tokens, heads, dim]
  const void* k;              // [tokens, kv_heads, dim]
  const void* v;              // [tokens, kv_heads, dim]
  void* key_cache;            // [pages, page_tokens, kv_heads, dim]
  void* value_cache;          // likewise
  const int32_t* page_table;  // [sequences, sequence_pages]
  const int32_t* sequence;    // [tokens]
  const int32_t* positions;   // [tokens]
  // [dim / 2], or null: q and k are first turned as by rope (paged_attention_turns).
  const float* frequencies;
  void* y;  // [tokens, heads, dim], contiguous
  Fault* fault;
  // No kernel that may still run when this one starts writes page_table, sequence, positions,
  // frequencies or rows of the caches.
  bool places_are_constant;
};

// Whether q and k may be turned: 16 bits, dim a multiple of 16.
bool paged_attention_turns(const AttentionShape& shape);

void paged_attention(cudaStream_t stream, const PagedAttention& args);

}  // namespace lmos::cuda
