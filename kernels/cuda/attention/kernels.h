// The attention kernels by precision; attention.h picks one of them.
#pragma once

#include "cuda/attention/attention.h"
#include "cuda/attention/paged_attention.h"

namespace lmos::cuda {

void attention_f32(cudaStream_t stream, const Attention& args);
void attention_grad_f32(cudaStream_t stream, const AttentionGrad& args);

// bf16 and f16, by mma.sync, on any device of compute capability 8.0 or later.
void attention_tensor_core(cudaStream_t stream, const Attention& args);
// With `warpgroups`, grad_of_keys_pipelined or _warpgroup takes what it covers.
void attention_grad_tensor_core(cudaStream_t stream, const AttentionGrad& args, bool warpgroups);

// bf16 and f16 by products of warpgroups. False, with nothing enqueued, where the device or the
// shape does not allow it.
bool attention_warpgroup(cudaStream_t stream, const Attention& args);

// Tokens whose new rows are in the caches already, in blocks of kPagedBlock. Only blocks whose
// tokens are all of one sequence are computed; paged_attention computes the others.
inline constexpr int kPagedBlock = 128;
void paged_attention_tensor_core(cudaStream_t stream, const PagedAttention& args);

// Σ dy · y of each row, in the layout of RowStatistics.
struct RowStatistics {
  float lse;    // in base 2; infinite beyond the sequence
  float delta;  // Σ dy · y
};

// Rows of statistics for each sequence and head: whole blocks of queries.
constexpr int64_t statistics_rows(int64_t sequence) { return (sequence + 127) / 128 * 128; }

// A backward pass over bf16 or f16.
struct Backward {
  AttentionGrad grad;
  RowStatistics* statistics;  // [sequences, heads, statistics_rows(sequence)]
  float* query_sums;          // [tokens, heads, dim], or null: dq is not computed here
};

// The gradients of keys, values and, where query_sums is there, queries, by products of warpgroups.
// False, with nothing enqueued, where the device or the shape (dim at most 128) does not allow it.
bool grad_of_keys_warpgroup(cudaStream_t stream, const Backward& args);
// The same for dim at most 64.
bool grad_of_keys_pipelined(cudaStream_t stream, const Backward& args);

}  // namespace lmos::cuda
