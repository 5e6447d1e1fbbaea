#include "cuda/attention/paged_attention.h"

#include <cooperative_groups.h>

#include "cuda/attention/kernels.h"
#include "cuda/attention/launch.cuh"
#include "cuda/attention/pages.cuh"
#include "cuda/dependent_launch.cuh"
#include "cuda/rope/angle.cuh"
#include "cuda/tensor_core.cuh"

namespace lmos::cuda {
namespace {

namespace cg = cooperative_groups;

inline constexpr int kWarps = 4;
inline constexpr int kThreads = kWarps * 32;
inline constexpr int kRows = 16;      // query heads of one key head that a block computes
inline constexpr int kKeyBlock = 64;  // 16 a warp
inline constexpr int kMostColumns = 256;
// From so many tokens on, blocks of one sequence's tokens are computed together.
inline constexpr int64_t kLeastInBlocks = 16;
// So many tokens are mostly of a few prompts, which leave `decode` nothing to do: fewer clusters,
// each of several tokens, find that out sooner.
inline constexpr int64_t kManyTokens = 512;
inline constexpr int kClusterTokens = 8;
static_assert(kPagedBlock % kClusterTokens == 0);

struct Decode {
  PagedAttention args;
  bool lone;  // the only token: the kernel writes its new rows
  // Blocks of kPagedBlock tokens of one sequence are computed elsewhere.
  bool leave_whole_blocks;
  int cluster_tokens;  // that one cluster computes in turn; kPagedBlock is a multiple of it
};

// The row of the caches that a token writes, or -1 if there is none or a later token writes it too.
// Called by all threads of the token's block.
__device__ inline int64_t row_to_write(const PagedAttention& args, int token) {
  const int tokens = static_cast<int>(args.shape.tokens);
  const int64_t row = PageRows(args, args.sequence[token])[args.positions[token]];
  if (row < 0) return -1;
  bool overwritten = false;
  for (int i = token + 1 + static_cast<int>(threadIdx.x); i < tokens; i += kThreads) {
    // Tokens of one row are at one place of their pages.
    if ((args.positions[i] - args.positions[token]) % args.page_tokens != 0) continue;
    overwritten = overwritten || (token_in_range(args, i) &&
                                  PageRows(args, args.sequence[i])[args.positions[i]] == row);
  }
  return __syncthreads_or(overwritten) ? -1 : row;
}

// A block a token; rows are copied by 16 bytes, or by elements of 4.
template <class Unit>
__global__ void __launch_bounds__(kThreads) store_rows(PagedAttention args) {
  wait_for_previous();
  let_next_start();
  const int token = blockIdx.x;
  if (!token_in_range(args, token)) return;
  const int64_t row = row_to_write(args, token);
  if (row < 0) return;
  const int64_t bytes = bytes_of(args.shape.type);
  const int64_t width = args.shape.kv_heads * args.shape.dim * bytes / sizeof(Unit);
  const Unit* k = reinterpret_cast<const Unit*>(static_cast<const uint8_t*>(args.k) +
                                                token * args.steps.k * bytes);
  const Unit* v = reinterpret_cast<const Unit*>(static_cast<const uint8_t*>(args.v) +
                                                token * args.steps.v * bytes);
  for (int64_t i = threadIdx.x; i < width; i += kThreads) {
    static_cast<Unit*>(args.key_cache)[row * width + i] = k[i];
    static_cast<Unit*>(args.value_cache)[row * width + i] = v[i];
  }
}

template <int kColumns>
struct Blocking {
  static constexpr int kStages = kColumns <= 128 ? 3 : 2;
  static constexpr int kTileBytes = Tile<kColumns>::bytes(kKeyBlock);
  static constexpr int kQueryBytes = Tile<kColumns>::bytes(kRows);
  // The stages' memory later holds the output of each warp, [kWarps, kRows, kOutputStep] floats.
  static constexpr int kOutputStep = kColumns + 4;
  static constexpr int kStagesBytes = kStages * 2 * kTileBytes;
  static constexpr int kSharedBytes = kQueryBytes + kStagesBytes;
  static_assert(kWarps * kRows * kOutputStep * 4 <= kStagesBytes);
};

// Turns eight pairs (a[i], b[i]) by angles of which cosine and sine are given.
template <class T>
__device__ inline void turn(uint4& a, uint4& b, const float2* turns) {
  uint32_t* first = &a.x;
  uint32_t* second = &b.x;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 x = unpack<T>(first[i]), y = unpack<T>(second[i]);
    const float2 t0 = turns[2 * i], t1 = turns[2 * i + 1];
    first[i] = pack<T>(x.x * t0.x - y.x * t0.y, x.y * t1.x - y.y * t1.y);
    second[i] = pack<T>(y.x * t0.x + x.x * t0.y, y.y * t1.x + x.y * t1.y);
  }
}

// Fills the tile of queries with rows of q, turned.
template <class T, int kColumns>
__device__ inline void load_turned(uint8_t* tile, const T* q, int dim, int heads,
                                   const float2* turns) {
  constexpr int kPairs = kColumns / 16;
  const int pairs = dim / 16;
  for (int i = threadIdx.x; i < kRows * kPairs; i += kThreads) {
    const int row = i / kPairs, pair = i % kPairs;
    uint4 a = {0, 0, 0, 0}, b = {0, 0, 0, 0};
    // Chunks past dim are zero, wherever they lie.
    if (row < heads && pair < pairs) {
      a = *reinterpret_cast<const uint4*>(q + row * dim + pair * 8);
      b = *reinterpret_cast<const uint4*>(q + row * dim + (pair + pairs) * 8);
      turn<T>(a, b, turns + pair * 8);
    }
    const int second = pair < pairs ? pair + pairs : pair + kPairs;
    const int first = pair < pairs ? pair : second - (kPairs - pairs);
    *reinterpret_cast<uint4*>(tile + Tile<kColumns>::offset(row, first)) = a;
    *reinterpret_cast<uint4*>(tile + Tile<kColumns>::offset(row, second)) = b;
  }
}

// As store_rows, of 16-bit rows of which q and k are turned. The turned q goes to y, where the
// kernels that compute y from it read it first. Grid: [tokens, 1 + parts of q's heads]; the first
// block of a token stores k and v.
template <class T>
__global__ void __launch_bounds__(kThreads) turn_and_store_rows(PagedAttention args) {
  __shared__ float2 turns[kMostColumns / 2];
  const int token = blockIdx.x, dim = static_cast<int>(args.shape.dim), pairs = dim / 16;
  if (!args.places_are_constant) wait_for_previous();
  const bool valid = token_in_range(args, token);
  if (valid) {
    for (int i = threadIdx.x; i < dim / 2; i += kThreads)
      turns[i] = turn_of(args.positions[token], args.frequencies[i]);
  }
  __syncthreads();
  const bool stores = blockIdx.y == 0;
  const int64_t row = valid && stores ? row_to_write(args, token) : -1;
  wait_for_previous();
  let_next_start();
  if (!valid) return;
  const auto turn_heads = [&](const T* from, T* to, int first, int end) {
    for (int i = first * pairs + static_cast<int>(threadIdx.x); i < end * pairs; i += kThreads) {
      const int at = i / pairs * dim + i % pairs * 8;
      uint4 a = *reinterpret_cast<const uint4*>(from + at);
      uint4 b = *reinterpret_cast<const uint4*>(from + at + dim / 2);
      turn<T>(a, b, turns + i % pairs * 8);
      *reinterpret_cast<uint4*>(to + at) = a;
      *reinterpret_cast<uint4*>(to + at + dim / 2) = b;
    }
  };
  if (!stores) {
    const int heads = static_cast<int>(args.shape.heads), parts = static_cast<int>(gridDim.y) - 1;
    const int part = static_cast<int>(blockIdx.y) - 1;
    turn_heads(static_cast<const T*>(args.q) + token * args.steps.q,
               static_cast<T*>(args.y) + static_cast<int64_t>(token) * heads * dim,
               heads * part / parts, heads * (part + 1) / parts);
  }
  if (row < 0) return;
  const int64_t width = args.shape.kv_heads * dim;
  turn_heads(static_cast<const T*>(args.k) + token * args.steps.k,
             static_cast<T*>(args.key_cache) + row * width, 0,
             static_cast<int>(args.shape.kv_heads));
  const T* v = static_cast<const T*>(args.v) + token * args.steps.v;
  T* kept = static_cast<T*>(args.value_cache) + row * width;
  for (int64_t i = threadIdx.x * 8; i < width; i += kThreads * 8)
    *reinterpret_cast<uint4*>(kept + i) = *reinterpret_cast<const uint4*>(v + i);
}

// A block's part of one token, which is in range.
template <class T, int kColumns>
__device__ inline void decode_token(const PagedAttention& args, bool lone, int token) {
  using B = Blocking<kColumns>;
  extern __shared__ __align__(1024) uint8_t shared[];
  __shared__ float maximum[kWarps][kRows], total[kWarps][kRows];
  __shared__ float peak_of_rows[kRows], total_of_rows[kRows];
  __shared__ float2 turns[kColumns / 2];
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  const int splits = gridDim.x, split = blockIdx.x;
  // Rows that earlier tokens left do not wait for the kernels before.
  const bool ahead_of_wait = args.places_are_constant && lone;
  const int dim = static_cast<int>(args.shape.dim), position = args.positions[token];
  const int group = static_cast<int>(args.shape.heads / args.shape.kv_heads);
  const int parts = (group + kRows - 1) / kRows;
  const int key_head = static_cast<int>(blockIdx.y) / parts;
  const int first_head = key_head * group + static_cast<int>(blockIdx.y) % parts * kRows;
  const int heads = min(kRows, (key_head + 1) * group - first_head);
  const int64_t step = args.shape.kv_heads * dim;
  T* key_cache = static_cast<T*>(args.key_cache) + key_head * dim;
  T* value_cache = static_cast<T*>(args.value_cache) + key_head * dim;
  const PageRows rows(args, args.sequence[token]);

  // Shares are whole groups of 16 keys, and not too small to be worth their merging.
  const int share = max(kKeyBlock, ((position + splits) / splits + 15) / 16 * 16);
  const int begin = split * share, end = min(position + 1, begin + share);
  const uint32_t queries = shared_address(shared), stages = queries + B::kQueryBytes;
  const T* q =
      static_cast<const T*>(args.q) + token * args.steps.q + static_cast<int64_t>(first_head) * dim;
  const bool turned = args.frequencies != nullptr;
  // A lone token's new row is not in the caches yet.
  const int fresh = lone ? position : -1;
  const T* k = static_cast<const T*>(args.k) + token * args.steps.k + key_head * dim;
  const T* v = static_cast<const T*>(args.v) + token * args.steps.v + key_head * dim;
  const bool has_fresh = fresh >= begin && fresh < end;
  const auto load_block = [&](int key, int stage) {
    const uint32_t to = stages + stage * 2 * B::kTileBytes;
    load_pages<kColumns, kKeyBlock, kThreads>(to, to + B::kTileBytes, key_cache, value_cache, rows,
                                              step, key, end, dim, fresh, k, v);
  };
  // The new row is in the last block of keys.
  const auto holds_fresh = [&](int key) { return has_fresh && fresh < key + kKeyBlock; };
  if (turned) {
    for (int i = threadIdx.x; i < dim / 2; i += kThreads) {
      turns[i] = turn_of(position, args.frequencies[i]);
    }
  }
  if (ahead_of_wait) {
#pragma unroll
    for (int stage = 0; stage < B::kStages - 1; ++stage) {
      const int key = begin + stage * kKeyBlock;
      if (key < end && !holds_fresh(key)) load_block(key, stage);
    }
  }
  wait_for_previous();
  if (!turned) load_tile<kColumns, kRows, kThreads>(queries, q, dim, heads, dim);
#pragma unroll
  for (int stage = 0; stage < B::kStages - 1; ++stage) {
    const int key = begin + stage * kKeyBlock;
    if (key < end && (!ahead_of_wait || holds_fresh(key))) load_block(key, stage);
    commit_copies();
  }
  if (turned) {
    __syncthreads();
    load_turned<T, kColumns>(shared, q, dim, heads, turns);
  }
  const int chunk = threadIdx.x, pairs = dim / 16;
  const bool turns_key = turned && has_fresh && chunk < pairs;
  uint4 key_chunk = {}, turned_chunk = {};  // of the new key; the latter if it is turned
  if (has_fresh && chunk * 8 < dim) {
    const int64_t row = rows[fresh];
    key_chunk = *reinterpret_cast<const uint4*>(k + chunk * 8);
    const auto store = [&](T* cache, int at, uint4 value) {
      if (row >= 0) *reinterpret_cast<uint4*>(cache + row * step + at * 8) = value;
    };
    if (turns_key) {
      turned_chunk = *reinterpret_cast<const uint4*>(k + (chunk + pairs) * 8);
      turn<T>(key_chunk, turned_chunk, turns + chunk * 8);
      store(key_cache, chunk + pairs, turned_chunk);
    }
    if (!turned || turns_key) store(key_cache, chunk, key_chunk);
    store(value_cache, chunk, *reinterpret_cast<const uint4*>(v + chunk * 8));
  }

  const float scale = args.shape.scale * kLog2E;
  float output[1][kColumns / 8][4] = {};
  float peak[2] = {-INFINITY, -INFINITY}, sum[2] = {};
  int stage = 0;
  for (int key = begin; key < end; key += kKeyBlock) {
    wait_copies<B::kStages - 2>();
    __syncthreads();
    const int ahead = key + (B::kStages - 1) * kKeyBlock;
    if (ahead < end) load_block(ahead, (stage + B::kStages - 1) % B::kStages);
    commit_copies();
    if (turned && fresh >= key && fresh < min(end, key + kKeyBlock)) {
      uint8_t* tile = shared + B::kQueryBytes + stage * 2 * B::kTileBytes;
      if (turns_key) {
        *reinterpret_cast<uint4*>(tile + Tile<kColumns>::offset(fresh - key, chunk)) = key_chunk;
        *reinterpret_cast<uint4*>(tile + Tile<kColumns>::offset(fresh - key, chunk + pairs)) =
            turned_chunk;
      }
      __syncthreads();
    }
    const uint32_t keys = stages + stage * 2 * B::kTileBytes;
    const uint32_t own = keys + warp * 16 * Tile<kColumns>::kRowBytes;
    stage = (stage + 1) % B::kStages;
    const int first = key + warp * 16;
    if (first >= end) continue;
    float scores[1][2][4] = {};
    multiply_tiles<T, 1, 2, kColumns, kColumns>(scores, queries, 0, own);
    uint32_t weights[1][2][2];
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float high = peak[half];
#pragma unroll
      for (int n = 0; n < 2; ++n) {
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          float& score = scores[0][n][2 * half + i];
          score = first + n * 8 + (lane & 3) * 2 + i < end ? score * scale : -INFINITY;
          high = fmaxf(high, score);
        }
      }
      high = fmaxf(high, __shfl_xor_sync(0xffffffffu, high, 1));
      high = fmaxf(high, __shfl_xor_sync(0xffffffffu, high, 2));
      const float decay = exp2_fast(peak[half] - high);  // the first key of the 16 is seen
      peak[half] = high;
      sum[half] *= decay;
#pragma unroll
      for (int n = 0; n < kColumns / 8; ++n) {
        output[0][n][2 * half] *= decay;
        output[0][n][2 * half + 1] *= decay;
      }
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        const float w0 = exp2_fast(scores[0][n][2 * half] - high);
        const float w1 = exp2_fast(scores[0][n][2 * half + 1] - high);
        sum[half] += w0 + w1;
        weights[0][n][half] = pack<T>(w0, w1);
      }
    }
    multiply_packed<T, 1, kColumns / 8, 16, kColumns>(output, weights, own + B::kTileBytes, 0);
  }

  // Every warp leaves its sums in memory, and the block merges them into those of the first.
  wait_copies<0>();
  __syncthreads();
  float* outputs = reinterpret_cast<float*>(shared + B::kQueryBytes);
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = half * 8 + lane / 4;
    sum[half] += __shfl_xor_sync(0xffffffffu, sum[half], 1);
    sum[half] += __shfl_xor_sync(0xffffffffu, sum[half], 2);
    if ((lane & 3) == 0) {
      maximum[warp][row] = peak[half];
      total[warp][row] = sum[half];
    }
#pragma unroll
    for (int n = 0; n < kColumns / 8; ++n) {
      *reinterpret_cast<float2*>(outputs + (warp * kRows + row) * B::kOutputStep + n * 8 +
                                 (lane & 3) * 2) = {output[0][n][2 * half],
                                                    output[0][n][2 * half + 1]};
    }
  }
  __syncthreads();
  for (int i = threadIdx.x; i < kRows * kColumns; i += kThreads) {
    const int row = i / kColumns, at = row * B::kOutputStep + i % kColumns;
    float high = -INFINITY, result = 0, weight = 0;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) high = fmaxf(high, maximum[w][row]);
    const float shift = high == -INFINITY ? 0.f : high;  // a share without keys
#pragma unroll
    for (int w = 0; w < kWarps; ++w) {
      const float factor = exp2_fast(maximum[w][row] - shift);
      weight = fmaf(factor, total[w][row], weight);
      result = fmaf(factor, outputs[w * kRows * B::kOutputStep + at], result);
    }
    outputs[at] = result;
    if (i % kColumns == 0) {
      peak_of_rows[row] = high;
      total_of_rows[row] = weight;
    }
  }
#if __CUDA_ARCH__ >= 900
  const cg::cluster_group cluster = cg::this_cluster();
  cluster.sync();
  const auto of = [&](auto* pointer, int rank) { return cluster.map_shared_rank(pointer, rank); };
#else
  __syncthreads();
  const auto of = [](auto* pointer, int) { return pointer; };
#endif
  // Blocks of the cluster share the elements of the result. All of an element's parts are fetched
  // before the first is used: memory of another block is far away.
  T* y =
      static_cast<T*>(args.y) + (static_cast<int64_t>(token) * args.shape.heads + first_head) * dim;
  for (int i = split * kThreads + static_cast<int>(threadIdx.x); i < heads * dim;
       i += splits * kThreads) {
    const int row = i / dim, column = i % dim;
    float high = -INFINITY, result = 0, weight = 0;
    for (int begin = 0; begin < splits; begin += 4) {
      float peaks[4], totals[4], parts_of[4];
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const int rank = min(begin + j, splits - 1);
        peaks[j] = begin + j < splits ? of(peak_of_rows, rank)[row] : -INFINITY;
        totals[j] = of(total_of_rows, rank)[row];
        parts_of[j] = of(outputs, rank)[row * B::kOutputStep + column];
      }
      const float before = high;
#pragma unroll
      for (int j = 0; j < 4; ++j) high = fmaxf(high, peaks[j]);
      const float decay = exp2_fast(before - high);
      result *= decay;
      weight *= decay;
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const float factor = exp2_fast(peaks[j] - high);
        weight = fmaf(factor, totals[j], weight);
        result = fmaf(factor, parts_of[j], result);
      }
    }
    y[i] = static_cast<T>(result / weight);
  }
#if __CUDA_ARCH__ >= 900
  cluster.sync();  // memory that others read must outlive their reads
#else
  __syncthreads();
#endif
}

// Whether all tokens of a block of kPagedBlock are in range and of one sequence. Called by all
// threads.
__device__ inline bool is_whole_block(const PagedAttention& args, int first) {
  const int end = min(static_cast<int>(args.shape.tokens), first + kPagedBlock);
  bool whole = true;
  for (int i = first + static_cast<int>(threadIdx.x); i < end; i += kThreads) {
    whole = whole && args.sequence[i] == args.sequence[first] && args.positions[i] >= 0 &&
            args.positions[i] < args.sequence_pages * args.page_tokens;
  }
  return __syncthreads_and(whole);
}

// Grid: [splits in one cluster, key heads × groups of kRows query heads, groups of tokens]. A block
// reads its share of the context; its warps keep a running softmax each, and the cluster merges
// them all.
template <class T, int kColumns>
__global__ void __launch_bounds__(kThreads) decode(Decode decode) {
  const PagedAttention& args = decode.args;
  // Where the tokens are does not wait for the kernels before.
  if (!args.places_are_constant) wait_for_previous();
  const int first = static_cast<int>(blockIdx.z) * decode.cluster_tokens;
  // The whole cluster agrees.
  if (decode.leave_whole_blocks && is_whole_block(args, first / kPagedBlock * kPagedBlock)) {
    wait_for_previous();
    return;
  }
  const int end = min(static_cast<int>(args.shape.tokens), first + decode.cluster_tokens);
  for (int token = first; token < end; ++token) {
    if (token_in_range(args, token)) {
      decode_token<T, kColumns>(args, decode.lone, token);
    } else {
      wait_for_previous();
    }
  }
}

// f32: a warp a query head, lanes share the columns.
template <int kColumns>
__global__ void __launch_bounds__(kThreads) decode_f32(PagedAttention args) {
  wait_for_previous();
  const int lane = threadIdx.x & 31;
  const int head = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / 32;
  const int token = blockIdx.y, dim = static_cast<int>(args.shape.dim);
  if (!token_in_range(args, token) || head >= args.shape.heads) return;
  const int key_head = head / static_cast<int>(args.shape.heads / args.shape.kv_heads);
  const int64_t step = args.shape.kv_heads * dim;
  const float* keys = static_cast<const float*>(args.key_cache) + key_head * dim;
  const float* values = static_cast<const float*>(args.value_cache) + key_head * dim;
  const PageRows rows(args, args.sequence[token]);
  const float* q = static_cast<const float*>(args.q) + token * args.steps.q + head * dim;
  constexpr int kOwn = kColumns / 32;
  float query[kOwn], output[kOwn] = {};
#pragma unroll
  for (int i = 0; i < kOwn; ++i) {
    query[i] = lane + i * 32 < dim ? q[lane + i * 32] * args.shape.scale : 0.f;
  }
  float peak = -INFINITY, sum = 0;
  for (int position = 0; position <= args.positions[token]; ++position) {
    const int64_t key = rows[position];
    if (key < 0) continue;
    float score = 0;
#pragma unroll
    for (int i = 0; i < kOwn; ++i) {
      if (lane + i * 32 < dim) score = fmaf(query[i], keys[key * step + lane + i * 32], score);
    }
#pragma unroll
    for (int i = 16; i > 0; i /= 2) score += __shfl_xor_sync(0xffffffffu, score, i);
    const float high = fmaxf(peak, score), decay = expf(peak - high), weight = expf(score - high);
    peak = high;
    sum = sum * decay + weight;
#pragma unroll
    for (int i = 0; i < kOwn; ++i) {
      const float value = lane + i * 32 < dim ? values[key * step + lane + i * 32] : 0.f;
      output[i] = fmaf(weight, value, output[i] * decay);
    }
  }
  float* y = static_cast<float*>(args.y) + (token * args.shape.heads + head) * dim;
#pragma unroll
  for (int i = 0; i < kOwn; ++i) {
    if (lane + i * 32 < dim) y[lane + i * 32] = output[i] / sum;
  }
}

void store(cudaStream_t stream, const PagedAttention& args) {
  const auto wide = [&](int64_t step) { return step * bytes_of(args.shape.type) % 16 == 0; };
  const bool all = wide(args.shape.dim) && wide(args.steps.k) && wide(args.steps.v);
  launch_dependent(all ? store_rows<uint4> : store_rows<float>, dim3(args.shape.tokens), kThreads,
                   0, 1, stream, args);
}

// Blocks of one cluster that share a context: enough for about two blocks a multiprocessor.
unsigned splits_for(int64_t others, int64_t capacity) {
  int device = 0, major = 0, processors = 1;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  if (major < 9) return 1;
  unsigned splits = 1;
  while (splits < 8 && others * splits < 2 * processors && splits * kKeyBlock < capacity)
    splits *= 2;
  return splits;
}

}  // namespace

bool paged_attention_turns(const AttentionShape& shape) {
  return shape.type != Float::f32 && shape.dim % 16 == 0;
}

void paged_attention(cudaStream_t stream, const PagedAttention& args) {
  const AttentionShape& shape = args.shape;
  if (shape.type == Float::f32) {
    store(stream, args);
    with_dim(shape.dim, [&]<int kColumns>(Constant<kColumns>) {
      launch_dependent(decode_f32<kColumns>, dim3(ceil_div(shape.heads, kWarps), shape.tokens),
                       kThreads, 0, 1, stream, args);
    });
    return;
  }
  PagedAttention stored = args;  // what is left to do once the new rows are in the caches
  const bool lone = shape.tokens == 1;
  if (!lone && args.frequencies != nullptr) {
    with_half_type(shape.type, [&]<class T>(Tag<T>) {
      const int64_t parts = ceil_div(shape.heads * shape.dim / 16, kThreads);
      launch_dependent(turn_and_store_rows<T>, dim3(shape.tokens, 1 + parts), kThreads, 0, 1,
                       stream, args);
    });
    stored.q = args.y;
    stored.steps.q = shape.heads * shape.dim;
    stored.frequencies = nullptr;
  } else if (!lone) {
    store(stream, args);
  }
  const bool blocks = shape.tokens >= kLeastInBlocks;
  if (blocks) paged_attention_tensor_core(stream, stored);
  const int cluster_tokens = shape.tokens >= kManyTokens ? kClusterTokens : 1;
  const int64_t heads = shape.kv_heads * ceil_div(shape.heads / shape.kv_heads, kRows);
  const int64_t groups = ceil_div(shape.tokens, cluster_tokens);
  const unsigned splits = splits_for(heads * groups, args.sequence_pages * args.page_tokens);
  with_half_type(shape.type, [&]<class T>(Tag<T>) {
    with_dim(shape.dim, [&]<int kColumns>(Constant<kColumns>) {
      launch_dependent(decode<T, kColumns>, dim3(splits, heads, groups), kThreads,
                       Blocking<kColumns>::kSharedBytes, splits, stream,
                       Decode{stored, lone, blocks, cluster_tokens});
    });
  });
}

}  // namespace lmos::cuda
