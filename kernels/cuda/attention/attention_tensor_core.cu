// Forward attention on tensor cores: a block holds 128 queries of one head, each warp some rows of
// them with their running softmax in registers; keys and values pass through two stages of shared
// memory.
#include <climits>

#include "cuda/attention/kernels.h"
#include "cuda/attention/launch.cuh"
#include "cuda/attention/pages.cuh"
#include "cuda/attention/visibility.cuh"
#include "cuda/dependent_launch.cuh"
#include "cuda/tensor_core.cuh"

namespace lmos::cuda {
namespace {

inline constexpr int kQueryBlock = kPagedBlock;

// Columns of the tiles, 16-row groups and warps that share the queries, and keys in a block.
template <int kColumns>
struct Blocking {
  static constexpr int kGroups = kColumns <= 128 ? 2 : 1;  // a warp's share must fit in registers
  static constexpr int kWarps = kQueryBlock / (16 * kGroups);
  static constexpr int kThreads = kWarps * 32;
  static constexpr int kKeys = kColumns <= 128 ? 64 : 32;
  static constexpr int kStageBytes = 2 * Tile<kColumns>::bytes(kKeys);
  static constexpr int kSharedBytes = Tile<kColumns>::bytes(kQueryBlock) + 2 * kStageBytes;
};

// The running softmax of a lane's rows: rows g and g + 8 of each group.
template <int kGroups>
struct Rows {
  float maximum[kGroups][2];
  float total[kGroups][2];
};

// Scores to weights 2^(scale · score − maximum), `scale` not negative; output so far is brought to
// the new maximum. Where everything is masked so far, weights are 2^(−∞ − 0) = 0.
template <int kGroups, int kScores, int kOutputs>
__device__ inline void softmax(float (&scores)[kGroups][kScores][4],
                               float (&output)[kGroups][kOutputs][4], Rows<kGroups>& rows,
                               float scale) {
#pragma unroll
  for (int m = 0; m < kGroups; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float peak = rows.maximum[m][half];
#pragma unroll
      for (int n = 0; n < kScores; ++n)
        peak = fmaxf(peak, fmaxf(scores[m][n][2 * half], scores[m][n][2 * half + 1]));
      peak = fmaxf(peak, __shfl_xor_sync(0xffffffffu, peak, 1));
      peak = fmaxf(peak, __shfl_xor_sync(0xffffffffu, peak, 2));
      const float shift = peak == -INFINITY ? 0.f : peak * scale;
      const float decay = exp2_fast(rows.maximum[m][half] * scale - shift);
      rows.maximum[m][half] = peak;
      float total = 0;
#pragma unroll
      for (int n = 0; n < kScores; ++n) {
#pragma unroll
        for (int i = 2 * half; i < 2 * half + 2; ++i) {
          scores[m][n][i] = exp2_fast(fmaf(scores[m][n][i], scale, -shift));
          total += scores[m][n][i];
        }
      }
      rows.total[m][half] = rows.total[m][half] * decay + total;
#pragma unroll
      for (int n = 0; n < kOutputs; ++n) {
        output[m][n][2 * half] *= decay;
        output[m][n][2 * half + 1] *= decay;
      }
    }
  }
}

struct Forward {
  Attention attention;
  PagedAttention paged;  // only of attend<…, true>: keys and values are in pages
};

// Of the rows of a block: their lowest and highest limit, and their sequence.
struct Span {
  int low, high, sequence;
};

// All threads of the block call it. False, in all of them, if the tokens [first, end) are of
// several sequences, or one is out of range.
__device__ inline bool span_of(const PagedAttention& paged, int first, int end, Span* shared) {
  if (threadIdx.x == 0) *shared = {INT_MAX, 0, paged.sequence[first]};
  __syncthreads();
  bool good = shared->sequence >= 0 && shared->sequence < paged.sequences;
  for (int i = first + static_cast<int>(threadIdx.x); i < end; i += static_cast<int>(blockDim.x)) {
    const int position = paged.positions[i];
    good = good && paged.sequence[i] == shared->sequence && position >= 0 &&
           position < paged.sequence_pages * paged.page_tokens;
    atomicMin(&shared->low, position + 1);
    atomicMax(&shared->high, position + 1);
  }
  return __syncthreads_and(good);
}

template <class T, int kColumns, bool kPaged>
__global__ void __launch_bounds__(Blocking<kColumns>::kThreads, kColumns <= 128 ? 2 : 1)
    attend(Forward forward) {
  using B = Blocking<kColumns>;
  const Attention& args = forward.attention;
  extern __shared__ __align__(1024) uint8_t shared[];
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  const int sequence = static_cast<int>(args.sequence), dim = static_cast<int>(args.shape.dim);
  // Late queries see the most keys: they start first.
  const int first = (static_cast<int>(gridDim.x) - 1 - static_cast<int>(blockIdx.x)) * kQueryBlock;
  const int head = blockIdx.y;
  const int key_head = head / static_cast<int>(args.shape.heads / args.shape.kv_heads);
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const int32_t* segments = args.segments == nullptr ? nullptr : args.segments + token;
  const T* q = static_cast<const T*>(args.q) + (token + first) * args.steps.q + head * dim;
  int64_t key_begin = token * args.steps.k + key_head * dim;
  int64_t value_begin = token * args.steps.v + key_head * dim;
  int least = args.causal ? min(sequence, first + 1) : sequence;  // of the rows' limits
  int key_end = args.causal ? min(sequence, first + kQueryBlock) : sequence;
  int32_t cached_sequence = 0;
  if constexpr (kPaged) {
    __shared__ Span span;
    // Where the tokens are does not wait for the kernels before.
    if (!forward.paged.places_are_constant) wait_for_previous();
    const bool mine = span_of(forward.paged, first, min(sequence, first + kQueryBlock), &span);
    wait_for_previous();
    if (!mine) return;
    key_begin = value_begin = key_head * dim;
    least = span.low, key_end = span.high, cached_sequence = span.sequence;
  }
  const T* k = static_cast<const T*>(args.k) + key_begin;
  const T* v = static_cast<const T*>(args.v) + value_begin;

  const int blocks = (key_end + B::kKeys - 1) / B::kKeys;
  const uint32_t queries = shared_address(shared);
  const uint32_t stages = queries + Tile<kColumns>::bytes(kQueryBlock);
  uint8_t* visible = nullptr;

  const auto load_block = [&](int block, int stage) {
    const uint32_t keys = stages + stage * B::kStageBytes;
    const int key = block * B::kKeys;
    if constexpr (kPaged) {
      load_pages<kColumns, B::kKeys, B::kThreads>(keys, keys + B::kStageBytes / 2, k, v,
                                                  PageRows(forward.paged, cached_sequence),
                                                  args.steps.k, key, key_end, dim, -1, k, v);
    } else {
      load_tile<kColumns, B::kKeys, B::kThreads>(keys, k + key * args.steps.k, args.steps.k,
                                                 sequence - key, dim);
      load_tile<kColumns, B::kKeys, B::kThreads>(keys + B::kStageBytes / 2, v + key * args.steps.v,
                                                 args.steps.v, sequence - key, dim);
    }
  };

  load_tile<kColumns, kQueryBlock, B::kThreads>(queries, q, args.steps.q, sequence - first, dim);
  if (segments != nullptr) {
    visible = shared + B::kSharedBytes;
    classify_blocks<B::kKeys>(segments, sequence, first, min(sequence, first + kQueryBlock), blocks,
                              visible);
  }
  int block = next_block(visible, 0, blocks);
  load_block(block, 0);
  commit_copies();

  float output[B::kGroups][kColumns / 8][4] = {};
  Rows<B::kGroups> rows;
  int row_limit[B::kGroups][2], row_segment[B::kGroups][2];
#pragma unroll
  for (int m = 0; m < B::kGroups; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      rows.maximum[m][half] = -INFINITY;
      rows.total[m][half] = 0;
      const int row = first + (warp * B::kGroups + m) * 16 + half * 8 + lane / 4;
      row_limit[m][half] = args.causal ? min(sequence, row + 1) : sequence;
      if constexpr (kPaged)
        row_limit[m][half] = forward.paged.positions[min(row, sequence - 1)] + 1;
      row_segment[m][half] = segments == nullptr ? 0 : segments[min(row, sequence - 1)];
    }
  }
  const float scale = fmaxf(fabsf(args.shape.scale) * kLog2E, 1e-30f);

  for (int stage = 0; block < blocks; stage ^= 1) {
    const int next = next_block(visible, block + 1, blocks);
    wait_copies<0>();
    __syncthreads();
    if (next < blocks) {
      load_block(next, stage ^ 1);
      commit_copies();
    }
    const uint32_t keys = stages + stage * B::kStageBytes;
    float scores[B::kGroups][B::kKeys / 8][4] = {};
    multiply_tiles<T, B::kGroups, B::kKeys / 8, kColumns, kColumns>(scores, queries,
                                                                    warp * B::kGroups * 16, keys);
    if (args.shape.scale < 0) {
#pragma unroll
      for (int m = 0; m < B::kGroups; ++m)
#pragma unroll
        for (int n = 0; n < B::kKeys / 8; ++n)
#pragma unroll
          for (int i = 0; i < 4; ++i) scores[m][n][i] = -scores[m][n][i];
    }
    const int key = block * B::kKeys;
    const bool mixed = visible != nullptr && visible[block] == kMixed;
    if (mixed || key + B::kKeys > least) {
#pragma unroll
      for (int n = 0; n < B::kKeys / 8; ++n) {
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          const int column = key + n * 8 + (lane & 3) * 2 + i;
          const int segment = mixed ? segments[min(column, sequence - 1)] : 0;
#pragma unroll
          for (int m = 0; m < B::kGroups; ++m) {
#pragma unroll
            for (int half = 0; half < 2; ++half) {
              if (column >= row_limit[m][half] || (mixed && segment != row_segment[m][half]))
                scores[m][n][2 * half + i] = -INFINITY;
            }
          }
        }
      }
    }
    softmax(scores, output, rows, scale);
    uint32_t weights[B::kGroups][B::kKeys / 8][2];
#pragma unroll
    for (int m = 0; m < B::kGroups; ++m) {
#pragma unroll
      for (int n = 0; n < B::kKeys / 8; ++n) {
        weights[m][n][0] = pack<T>(scores[m][n][0], scores[m][n][1]);
        weights[m][n][1] = pack<T>(scores[m][n][2], scores[m][n][3]);
      }
    }
    multiply_packed<T, B::kGroups, kColumns / 8, B::kKeys, kColumns>(output, weights,
                                                                     keys + B::kStageBytes / 2, 0);
    block = next;
  }

  // Rows leave through the warp's own part of the queries' tile, so that stores are 16 bytes wide.
#pragma unroll
  for (int m = 0; m < B::kGroups; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float total = rows.total[m][half];
      total += __shfl_xor_sync(0xffffffffu, total, 1);
      total += __shfl_xor_sync(0xffffffffu, total, 2);
      const float factor = 1.f / total;
      const int local = (warp * B::kGroups + m) * 16 + half * 8 + lane / 4;
#pragma unroll
      for (int n = 0; n < kColumns / 8; ++n) {
        *reinterpret_cast<uint32_t*>(shared + Tile<kColumns>::offset(local, n) + (lane & 3) * 4) =
            pack<T>(output[m][n][2 * half] * factor, output[m][n][2 * half + 1] * factor);
      }
      if (!kPaged && (lane & 3) == 0 && first + local < sequence) {
        args.lse[(token + first + local) * args.shape.heads + head] =
            (rows.maximum[m][half] * scale + log2f(total)) * kLn2;
      }
    }
  }
  __syncwarp();
  constexpr int kChunks = kColumns / 8, kWarpRows = B::kGroups * 16;
  T* y = static_cast<T*>(args.y) + ((token + first) * args.shape.heads + head) * dim;
#pragma unroll 4
  for (int i = lane; i < kWarpRows * kChunks; i += 32) {
    const int row = warp * kWarpRows + i / kChunks, chunk = i % kChunks;
    if (first + row < sequence && chunk * 8 < dim) {
      *reinterpret_cast<uint4*>(y + row * args.shape.heads * dim + chunk * 8) =
          *reinterpret_cast<const uint4*>(shared + Tile<kColumns>::offset(row, chunk));
    }
  }
}

template <bool kPaged>
void enqueue(cudaStream_t stream, const Forward& forward) {
  const Attention& args = forward.attention;
  with_half_type(args.shape.type, [&]<class T>(Tag<T>) {
    with_dim(args.shape.dim, [&]<int kColumns>(Constant<kColumns>) {
      using B = Blocking<kColumns>;
      const dim3 grid(ceil_div(args.sequence, kQueryBlock), args.shape.heads,
                      args.shape.tokens / args.sequence);
      const size_t visible = args.segments == nullptr ? 0 : ceil_div(args.sequence, B::kKeys) + 16;
      if constexpr (kPaged) {
        launch_dependent(attend<T, kColumns, true>, grid, B::kThreads, B::kSharedBytes, 1, stream,
                         forward);
      } else {
        launch(attend<T, kColumns, false>, grid, B::kThreads, B::kSharedBytes + visible, stream,
               forward);
      }
    });
  });
}

}  // namespace

void attention_tensor_core(cudaStream_t stream, const Attention& args) {
  enqueue<false>(stream, {args, {}});
}

void paged_attention_tensor_core(cudaStream_t stream, const PagedAttention& args) {
  const AttentionShape& shape = args.shape;
  AttentionSteps steps = contiguous_steps(shape);  // of the caches
  steps.q = args.steps.q;
  enqueue<true>(stream, {{shape, steps, shape.tokens, false, args.q, args.key_cache,
                          args.value_cache, nullptr, args.y, nullptr},
                         args});
}

}  // namespace lmos::cuda
