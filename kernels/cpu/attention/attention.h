// Attention without the matrix of scores: blocks of queries against blocks of keys with a running
// softmax (Dao et al. 2022). Heads are grouped: query head h reads key head h / (heads / kv_heads).
#pragma once

#include "cpu/float_type.h"
#include "cpu/parallel.h"

namespace lmos::cpu {

struct AttentionShape {
  Float type;  // of q, k, v, y and their gradients
  int64_t tokens, heads, kv_heads, dim;
  float scale;
};

// Of probabilities: that with which query i of a sequence attends to key j is element ((number of
// the sequence · heads + head) · sequence + i) · sequence + j of the site (random.h).
struct AttentionDropout {
  const int64_t* state = nullptr;  // seed, step; null: nothing is dropped
  uint32_t site = 0;
  float rate = 0;   // rounded up, so that u ≥ rate means what it does for the exact rate
  float scale = 1;  // 1 / (1 − rate)
};

// Tokens are consecutive sequences of `sequence`. A token attends within its sequence, to its own
// segment, and if causal to no later token.
struct Attention {
  AttentionShape shape;
  int64_t sequence;
  bool causal;
  const void* q;            // [tokens, heads, dim]
  const void* k;            // [tokens, kv_heads, dim]
  const void* v;            // [tokens, kv_heads, dim]
  const int32_t* segments;  // [tokens] or null
  void* y;                  // [tokens, heads, dim]
  float* lse;               // [tokens, heads], log Σ exp(score)
  float* scratch;           // attention_scratch(shape, threads) elements, 64-byte aligned
  AttentionDropout dropout = {};
};

struct AttentionGrad {
  AttentionShape shape;
  int64_t sequence;
  bool causal;
  const void* dy;
  const void* q;
  const void* k;
  const void* v;
  const void* y;
  const float* lse;
  const int32_t* segments;  // [tokens] or null
  void* dq;
  void* dk;
  void* dv;
  float* scratch;  // attention_grad_scratch(shape, sequence, threads) elements, 64-byte aligned
  AttentionDropout dropout = {};
};

// Position p of sequence s is row p mod page_tokens of page page_table[s, p / page_tokens] of the
// caches. Writes k[t], v[t] to position positions[t] of sequence sequence[t]; then q[t] attends
// positions 0 … positions[t] of its sequence.
struct PagedAttention {
  AttentionShape shape;
  int64_t pages, page_tokens, sequences, sequence_pages;
  const void* q;              // [tokens, heads, dim]
  const void* k;              // [tokens, kv_heads, dim]
  const void* v;              // [tokens, kv_heads, dim]
  void* key_cache;            // [pages, page_tokens, kv_heads, dim]
  void* value_cache;          // [pages, page_tokens, kv_heads, dim]
  const int32_t* page_table;  // [sequences, sequence_pages]
  const int32_t* sequence;    // [tokens]
  const int32_t* positions;   // [tokens]
  void* y;                    // [tokens, heads, dim]
  float* scratch;  // paged_attention_scratch(shape, capacity, threads) elements, 64-byte aligned

  int64_t capacity() const { return sequence_pages * page_tokens; }
};

// Queries and keys of a block; fixed, so that results do not depend on the number of threads.
inline constexpr int64_t kQueryBlock = 64;
inline constexpr int64_t kKeyBlock = 64;
// Positions that one task reads, a multiple of kKeyBlock: contexts are cut here, whatever the
// number of threads.
inline constexpr int64_t kCachePiece = 512;

// Elements are floats.
int64_t attention_scratch(const AttentionShape& shape, int32_t threads);
int64_t attention_grad_scratch(const AttentionShape& shape, int64_t sequence, int32_t threads);
// `capacity`: of a sequence, in tokens.
int64_t paged_attention_scratch(const AttentionShape& shape, int64_t capacity, int32_t threads);

struct AttentionKernels {
  void (*attention)(const Parallel& parallel, const Attention& args);
  void (*attention_grad)(const Parallel& parallel, const AttentionGrad& args);
  // False, with nothing changed, if a sequence, position or page is out of range.
  bool (*paged_attention)(const Parallel& parallel, const PagedAttention& args);
};

}  // namespace lmos::cpu
