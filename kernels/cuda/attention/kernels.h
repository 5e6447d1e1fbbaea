// The attention kernels by precision; attention.h picks one of them.
#pragma once

#include "cuda/attention/attention.h"
#include "cuda/attention/paged_attention.h"

namespace lmos::cuda {

void attention_f32(cudaStream_t stream, const Attention& args);
void attention_grad_f32(cudaStream_t stream, const AttentionGrad& args);

// bf16 and f16, by mma.sync, on any device of compute capability 8.0 or later.
void attention_tensor_core(cudaStream_t stream, const Attention& args);
void attention_grad_tensor_core(cudaStream_t stream, const AttentionGrad& args);

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

}  // namespace lmos::cuda
