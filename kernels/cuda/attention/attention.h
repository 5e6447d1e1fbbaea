// Attention without the matrix of scores: blocks of queries against blocks of keys with a running
// softmax (Dao 2023, "FlashAttention-2"). Heads are grouped: query head h reads key head
// h / (heads / kv_heads).
//
// Every call enqueues kernels on the stream; it neither allocates nor synchronises. Launch errors
// are left for cudaGetLastError. Products of bf16 and f16 run on tensor cores with f32 sums; f32 is
// computed in f32 throughout.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/float_type.h"

namespace lmos::cuda {

struct AttentionShape {
  Float type;  // of q, k, v, y and their gradients
  int64_t tokens, heads, kv_heads, dim;
  float scale;
};

// True if the kernels below cover the shape: dim at most 256, and for bf16 and f16 a multiple of 8.
bool attention_covers(const AttentionShape& shape);

// Elements from one token's row to the next one's, so that q, k and v may be parts of one product.
// For bf16 and f16 they are multiples of 8. Rows are 16-byte aligned.
struct AttentionSteps {
  int64_t q, k, v;
};

constexpr AttentionSteps contiguous_steps(const AttentionShape& shape) {
  return {shape.heads * shape.dim, shape.kv_heads * shape.dim, shape.kv_heads * shape.dim};
}

// Tokens are consecutive sequences of `sequence`. A token attends within its sequence, to its own
// segment, and if causal to no later token.
struct Attention {
  AttentionShape shape;
  AttentionSteps steps;
  int64_t sequence;
  bool causal;
  const void* q;            // [tokens, heads, dim]
  const void* k;            // [tokens, kv_heads, dim]
  const void* v;            // [tokens, kv_heads, dim]
  const int32_t* segments;  // [tokens] or null
  void* y;                  // [tokens, heads, dim], contiguous
  float* lse;               // [tokens, heads], log Σ exp(score)
};

void attention(cudaStream_t stream, const Attention& args);

struct AttentionGrad {
  AttentionShape shape;
  AttentionSteps steps;  // of q, k, v
  int64_t sequence;
  bool causal;
  // Results do not depend on the order in which blocks run; costs about a third more time.
  bool deterministic;
  const void* dy;  // contiguous, as y
  const void* q;
  const void* k;
  const void* v;
  const void* y;
  const float* lse;
  const int32_t* segments;    // [tokens] or null
  AttentionSteps grad_steps;  // of dq, dk, dv
  void* dq;
  void* dk;
  void* dv;
  void* scratch;  // attention_grad_scratch_bytes(), 256-byte aligned
};

int64_t attention_grad_scratch_bytes(const AttentionShape& shape, int64_t sequence);
void attention_grad(cudaStream_t stream, const AttentionGrad& args);

}  // namespace lmos::cuda
