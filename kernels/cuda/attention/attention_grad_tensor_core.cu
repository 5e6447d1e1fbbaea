// Backward attention on tensor cores (Dao 2023, "FlashAttention-2", algorithm 2). A block holds
// some keys and values of one key head and goes over the queries of its query heads; scores are
// recomputed, transposed: rows are keys, so that weights and their gradients are left operands
// without leaving their registers. The gradient of the queries is added up in f32 in memory, or,
// deterministically, by a second kernel that holds queries and goes over the keys.
#include "cuda/attention/kernels.h"
#include "cuda/attention/launch.cuh"
#include "cuda/attention/query_sums.cuh"
#include "cuda/attention/visibility.cuh"
#include "cuda/tensor_core.cuh"

namespace lmos::cuda {
namespace {

inline constexpr int kThreads = 256;
inline constexpr int kKeyBlock = 128;  // 16 a warp

// Statistics of each row, and zeros for the sums of dq; kLanes threads a row, 8 elements each.
template <class T, int kLanes>
__global__ void __launch_bounds__(kThreads) prepare(Backward args) {
  const AttentionGrad& grad = args.grad;
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  const int rows = static_cast<int>(statistics_rows(grad.sequence));
  const int row =
      (static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x)) / kLanes;
  const int64_t head = blockIdx.y, heads = grad.shape.heads;
  RowStatistics* to = args.statistics + (blockIdx.z * heads + head) * rows + row;
  const bool inside = row < grad.sequence;
  const int64_t index = (blockIdx.z * grad.sequence + row) * heads + head;
  float delta = 0;
  if (const int i = lane * 8; inside && i < grad.shape.dim) {
    const int64_t offset = index * grad.shape.dim + i;
    const uint4 a = *reinterpret_cast<const uint4*>(static_cast<const T*>(grad.dy) + offset);
    const uint4 b = *reinterpret_cast<const uint4*>(static_cast<const T*>(grad.y) + offset);
    const uint32_t left[4] = {a.x, a.y, a.z, a.w}, right[4] = {b.x, b.y, b.z, b.w};
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const float2 l = unpack<T>(left[j]), r = unpack<T>(right[j]);
      delta = fmaf(l.x, r.x, fmaf(l.y, r.y, delta));
    }
    if (args.query_sums != nullptr) {
      float4* sums = reinterpret_cast<float4*>(args.query_sums + offset);
      sums[0] = sums[1] = {0, 0, 0, 0};
    }
  }
#pragma unroll
  for (int i = kLanes / 2; i > 0; i /= 2) delta += __shfl_xor_sync(0xffffffffu, delta, i);
  if (lane == 0)
    *to = inside ? RowStatistics{grad.lse[index] * kLog2E, delta} : RowStatistics{INFINITY, 0};
}

// Tiles of kColumns; of the gradients, a block computes kOutputs columns.
template <int kColumns>
struct KeyBlocking {
  static constexpr int kOutputs = kColumns <= 128 ? kColumns : 128;
  static constexpr int kParts = kColumns / kOutputs;
  static constexpr int kQueries = kColumns <= 128 ? 64 : 32;
  static constexpr int kKeyBytes = Tile<kColumns>::bytes(kKeyBlock);
  static constexpr int kQueryBytes = Tile<kColumns>::bytes(kQueries);
  static constexpr int kStatisticsBytes = kQueries * 8;
  static constexpr int kStageBytes = 2 * kQueryBytes + kStatisticsBytes;
  static constexpr int kScoresBytes = Tile<64>::bytes(kKeyBlock);
  static constexpr int kSharedBytes = 2 * kKeyBytes + kScoresBytes + 2 * kStageBytes;
};

template <class T, int kColumns>
__global__ void __launch_bounds__(kThreads, 1) grad_of_keys(Backward args) {
  using B = KeyBlocking<kColumns>;
  extern __shared__ __align__(1024) uint8_t shared[];
  const AttentionGrad& grad = args.grad;
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  const int sequence = static_cast<int>(grad.sequence), dim = static_cast<int>(grad.shape.dim);
  const int first = static_cast<int>(blockIdx.x) * kKeyBlock;
  const int key_head = static_cast<int>(blockIdx.y) / B::kParts;
  const int part = static_cast<int>(blockIdx.y) % B::kParts;
  const int heads = static_cast<int>(grad.shape.heads);
  const int group = heads / static_cast<int>(grad.shape.kv_heads);
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const int32_t* segments = grad.segments == nullptr ? nullptr : grad.segments + token;
  const RowStatistics* statistics =
      args.statistics + static_cast<int64_t>(blockIdx.z) * heads * statistics_rows(sequence);

  const uint32_t keys = shared_address(shared);
  const uint32_t values = keys + B::kKeyBytes;
  const uint32_t transposed = values + B::kKeyBytes;  // gradient of scores, [keys, queries]
  const uint32_t stages = transposed + B::kScoresBytes;
  const auto load_keys = [&](uint32_t to, const void* from, int64_t step) {
    load_tile<kColumns, kKeyBlock, kThreads>(
        to, static_cast<const T*>(from) + (token + first) * step + key_head * dim, step,
        sequence - first, dim);
  };
  load_keys(keys, grad.k, grad.steps.k);
  load_keys(values, grad.v, grad.steps.v);

  const int begin = grad.causal ? first / B::kQueries : 0;
  const int blocks = (sequence + B::kQueries - 1) / B::kQueries;
  uint8_t* visible = nullptr;
  if (segments != nullptr) {
    visible = shared + B::kSharedBytes;
    classify_blocks<B::kQueries>(segments, sequence, first, min(sequence, first + kKeyBlock),
                                 blocks, visible);
  }
  const auto load_queries = [&](int head, int block, int stage) {
    const uint32_t to = stages + stage * B::kStageBytes;
    const int row = block * B::kQueries;
    load_tile<kColumns, B::kQueries, kThreads>(
        to, static_cast<const T*>(grad.q) + (token + row) * grad.steps.q + head * dim, grad.steps.q,
        sequence - row, dim);
    load_tile<kColumns, B::kQueries, kThreads>(
        to + B::kQueryBytes, static_cast<const T*>(grad.dy) + ((token + row) * heads + head) * dim,
        static_cast<int64_t>(heads) * dim, sequence - row, dim);
    if (threadIdx.x < B::kStatisticsBytes / 16) {
      copy_async(to + 2 * B::kQueryBytes + threadIdx.x * 16,
                 statistics + head * statistics_rows(sequence) + row + threadIdx.x * 2, true);
    }
  };

  const int head_end = (key_head + 1) * group;
  int head = key_head * group, block = next_block(visible, begin, blocks);
  if (block < blocks) load_queries(head, block, 0);
  commit_copies();

  float key_sums[1][B::kOutputs / 8][4] = {}, value_sums[1][B::kOutputs / 8][4] = {};
  const float scale = grad.shape.scale * kLog2E;
  const int key_row = first + warp * 16 + lane / 4;  // and the row 8 below
  int key_segment[2] = {0, 0};
  if (segments != nullptr) {
    key_segment[0] = segments[min(key_row, sequence - 1)];
    key_segment[1] = segments[min(key_row + 8, sequence - 1)];
  }

  for (int stage = 0; block < blocks; stage ^= 1) {
    int next_head = head, next = next_block(visible, block + 1, blocks);
    if (next >= blocks && head + 1 < head_end) {
      next_head = head + 1;
      next = next_block(visible, begin, blocks);
    }
    wait_copies<0>();
    __syncthreads();
    if (next < blocks) {
      load_queries(next_head, next, stage ^ 1);
      commit_copies();
    }
    const uint32_t queries = stages + stage * B::kStageBytes;
    const uint32_t dy = queries + B::kQueryBytes;
    const RowStatistics* rows =
        reinterpret_cast<const RowStatistics*>(shared + (queries - keys) + 2 * B::kQueryBytes);

    float scores[1][B::kQueries / 8][4] = {};
    multiply_tiles<T, 1, B::kQueries / 8, kColumns, kColumns>(scores, keys, warp * 16, queries);
    const int row = block * B::kQueries;
    const bool mixed = visible != nullptr && visible[block] == kMixed;
    const bool masked =
        mixed || first + kKeyBlock > sequence || (grad.causal && first + kKeyBlock > row + 1);
#pragma unroll
    for (int n = 0; n < B::kQueries / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int column = n * 8 + (lane & 3) * 2 + (i & 1);
        scores[0][n][i] = exp2_fast(fmaf(scores[0][n][i], scale, -rows[column].lse));
        if (masked) {
          const int key = key_row + (i / 2) * 8, query = row + column;
          const bool hidden = key >= sequence || (grad.causal && key > query) ||
                              (mixed && key_segment[i / 2] != segments[min(query, sequence - 1)]);
          if (hidden) scores[0][n][i] = 0;
        }
      }
    }
    uint32_t weights[1][B::kQueries / 8][2];
#pragma unroll
    for (int n = 0; n < B::kQueries / 8; ++n) {
      weights[0][n][0] = pack<T>(scores[0][n][0], scores[0][n][1]);
      weights[0][n][1] = pack<T>(scores[0][n][2], scores[0][n][3]);
    }
    multiply_packed<T, 1, B::kOutputs / 8, B::kQueries, kColumns>(value_sums, weights, dy,
                                                                  part * B::kOutputs / 8);

    float score_grads[1][B::kQueries / 8][4] = {};
    multiply_tiles<T, 1, B::kQueries / 8, kColumns, kColumns>(score_grads, values, warp * 16, dy);
#pragma unroll
    for (int n = 0; n < B::kQueries / 8; ++n) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int column = n * 8 + (lane & 3) * 2;
        const float* s = scores[0][n] + 2 * half;
        const float* d = score_grads[0][n] + 2 * half;
        weights[0][n][half] =
            pack<T>(s[0] * (d[0] - rows[column].delta), s[1] * (d[1] - rows[column + 1].delta));
      }
    }
    multiply_packed<T, 1, B::kOutputs / 8, B::kQueries, kColumns>(key_sums, weights, queries,
                                                                  part * B::kOutputs / 8);

    if (args.query_sums != nullptr) {
#pragma unroll
      for (int n = 0; n < B::kQueries / 8; ++n) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          *reinterpret_cast<uint32_t*>(shared + (transposed - keys) +
                                       Tile<64>::offset(warp * 16 + half * 8 + lane / 4, n) +
                                       (lane & 3) * 4) = weights[0][n][half];
        }
      }
      __syncthreads();
      // Warps share the block's rows by 16, and its columns.
      constexpr int kRowGroups = B::kQueries / 16, kShare = B::kOutputs * kRowGroups / 8;
      const int local = warp % kRowGroups * 16, chunk = warp / kRowGroups * kShare / 8;
      float sums[kShare / 8][4] = {};
#pragma unroll
      for (int k = 0; k < kKeyBlock / 16; ++k) {
        uint32_t a[4];
        load_fragments_transposed(a, right_address<64>(transposed, k * 16, local / 8));
#pragma unroll
        for (int n = 0; n < kShare / 16; ++n) {
          uint32_t b[4];
          load_fragments_transposed(
              b, left_address<kColumns>(keys, k * 16, part * B::kOutputs / 8 + chunk + n * 2));
          multiply<T>(sums[2 * n], a, b[0], b[1]);
          multiply<T>(sums[2 * n + 1], a, b[2], b[3]);
        }
      }
      const int query = row + local + lane / 4;
      float* to = args.query_sums + ((token + query) * heads + head) * dim + part * B::kOutputs;
#pragma unroll
      for (int n = 0; n < kShare / 8; ++n) {
        const int column = (chunk + n) * 8;
        const bool inside = part * B::kOutputs + column < dim;
        add_sums(to + column, to + 8 * static_cast<int64_t>(heads) * dim + column, sums[n],
                 inside && query < sequence, inside && query + 8 < sequence);
      }
    }
    head = next_head;
    block = next;
  }

  const auto write = [&](const float(&sums)[1][B::kOutputs / 8][4], float factor, void* to,
                         int64_t step) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int key = key_row + half * 8;
      if (key >= sequence) continue;
      T* out = static_cast<T*>(to) + (token + key) * step + key_head * dim;
#pragma unroll
      for (int n = 0; n < B::kOutputs / 8; ++n) {
        const int column = part * B::kOutputs + n * 8;
        if (column < dim) {
          *reinterpret_cast<uint32_t*>(out + column + (lane & 3) * 2) =
              pack<T>(sums[0][n][2 * half] * factor, sums[0][n][2 * half + 1] * factor);
        }
      }
    }
  };
  write(key_sums, grad.shape.scale, grad.dk, grad.grad_steps.k);
  write(value_sums, 1.f, grad.dv, grad.grad_steps.v);
}

// dq = scale · sums, rounded; a block a token.
template <class T>
__global__ void __launch_bounds__(kThreads) round_query_sums(Backward args) {
  const AttentionGrad& grad = args.grad;
  const int width = static_cast<int>(grad.shape.heads * grad.shape.dim);
  const int64_t token = blockIdx.x;
  const float* from = args.query_sums + token * width;
  T* to = static_cast<T*>(grad.dq) + token * grad.grad_steps.q;
  const float s = grad.shape.scale;
  for (int i = static_cast<int>(threadIdx.x) * 4; i < width; i += kThreads * 4) {
    const float4 sums = *reinterpret_cast<const float4*>(from + i);
    *reinterpret_cast<uint2*>(to + i) = {pack<T>(sums.x * s, sums.y * s),
                                         pack<T>(sums.z * s, sums.w * s)};
  }
}

template <int kColumns>
struct QueryBlocking {
  static constexpr int kQueries = 128;  // 16 a warp
  static constexpr int kKeys = kColumns <= 128 ? 64 : 32;
  static constexpr int kQueryBytes = Tile<kColumns>::bytes(kQueries);
  static constexpr int kKeyBytes = Tile<kColumns>::bytes(kKeys);
  static constexpr int kSharedBytes = 2 * kQueryBytes + 4 * kKeyBytes;
};

template <class T, int kColumns>
__global__ void __launch_bounds__(kThreads, 1) grad_of_queries(Backward args) {
  using B = QueryBlocking<kColumns>;
  extern __shared__ __align__(1024) uint8_t shared[];
  const AttentionGrad& grad = args.grad;
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  const int sequence = static_cast<int>(grad.sequence), dim = static_cast<int>(grad.shape.dim);
  const int first = (static_cast<int>(gridDim.x) - 1 - static_cast<int>(blockIdx.x)) * B::kQueries;
  const int head = blockIdx.y, heads = static_cast<int>(grad.shape.heads);
  const int key_head = head / static_cast<int>(heads / grad.shape.kv_heads);
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const int32_t* segments = grad.segments == nullptr ? nullptr : grad.segments + token;

  const uint32_t queries = shared_address(shared), dy = queries + B::kQueryBytes;
  const uint32_t stages = dy + B::kQueryBytes;
  load_tile<kColumns, B::kQueries, kThreads>(
      queries, static_cast<const T*>(grad.q) + (token + first) * grad.steps.q + head * dim,
      grad.steps.q, sequence - first, dim);
  load_tile<kColumns, B::kQueries, kThreads>(
      dy, static_cast<const T*>(grad.dy) + ((token + first) * heads + head) * dim,
      static_cast<int64_t>(heads) * dim, sequence - first, dim);
  const auto load_keys = [&](int block, int stage) {
    const uint32_t to = stages + stage * 2 * B::kKeyBytes;
    const int key = block * B::kKeys;
    load_tile<kColumns, B::kKeys, kThreads>(
        to, static_cast<const T*>(grad.k) + (token + key) * grad.steps.k + key_head * dim,
        grad.steps.k, sequence - key, dim);
    load_tile<kColumns, B::kKeys, kThreads>(
        to + B::kKeyBytes,
        static_cast<const T*>(grad.v) + (token + key) * grad.steps.v + key_head * dim, grad.steps.v,
        sequence - key, dim);
  };
  const int key_end = grad.causal ? min(sequence, first + B::kQueries) : sequence;
  const int blocks = (key_end + B::kKeys - 1) / B::kKeys;
  uint8_t* visible = nullptr;
  if (segments != nullptr) {
    visible = shared + B::kSharedBytes;
    classify_blocks<B::kKeys>(segments, sequence, first, min(sequence, first + B::kQueries), blocks,
                              visible);
  }
  int block = next_block(visible, 0, blocks);
  load_keys(block, 0);
  commit_copies();

  float sums[1][kColumns / 8][4] = {};
  const float scale = grad.shape.scale * kLog2E;
  const int query = first + warp * 16 + lane / 4;  // and the row 8 below
  int row_limit[2], row_segment[2];
  RowStatistics rows[2];
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = query + half * 8;
    row_limit[half] = grad.causal ? min(sequence, row + 1) : sequence;
    row_segment[half] = segments == nullptr ? 0 : segments[min(row, sequence - 1)];
    rows[half] = args.statistics[(static_cast<int64_t>(blockIdx.z) * heads + head) *
                                     statistics_rows(sequence) +
                                 row];
  }

  for (int stage = 0; block < blocks; stage ^= 1) {
    const int next = next_block(visible, block + 1, blocks);
    wait_copies<0>();
    __syncthreads();
    if (next < blocks) {
      load_keys(next, stage ^ 1);
      commit_copies();
    }
    const uint32_t keys = stages + stage * 2 * B::kKeyBytes, values = keys + B::kKeyBytes;
    float scores[1][B::kKeys / 8][4] = {}, score_grads[1][B::kKeys / 8][4] = {};
    multiply_tiles<T, 1, B::kKeys / 8, kColumns, kColumns>(scores, queries, warp * 16, keys);
    multiply_tiles<T, 1, B::kKeys / 8, kColumns, kColumns>(score_grads, dy, warp * 16, values);
    const int key = block * B::kKeys;
    const bool mixed = visible != nullptr && visible[block] == kMixed;
    const bool masked =
        mixed || key + B::kKeys > (grad.causal ? min(first + 1, sequence) : sequence);
    uint32_t weights[1][B::kKeys / 8][2];
#pragma unroll
    for (int n = 0; n < B::kKeys / 8; ++n) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        float d[2];
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          const int column = key + n * 8 + (lane & 3) * 2 + i;
          const float weight = exp2_fast(fmaf(scores[0][n][2 * half + i], scale, -rows[half].lse));
          d[i] = weight * (score_grads[0][n][2 * half + i] - rows[half].delta);
          if (masked && (column >= row_limit[half] ||
                         (mixed && segments[min(column, sequence - 1)] != row_segment[half]))) {
            d[i] = 0;
          }
        }
        weights[0][n][half] = pack<T>(d[0], d[1]);
      }
    }
    multiply_packed<T, 1, kColumns / 8, B::kKeys, kColumns>(sums, weights, keys, 0);
    block = next;
  }
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    if (query + half * 8 >= sequence) continue;
    T* to = static_cast<T*>(grad.dq) + (token + query + half * 8) * grad.grad_steps.q + head * dim;
#pragma unroll
    for (int n = 0; n < kColumns / 8; ++n) {
      if (n * 8 < dim) {
        *reinterpret_cast<uint32_t*>(to + n * 8 + (lane & 3) * 2) = pack<T>(
            sums[0][n][2 * half] * grad.shape.scale, sums[0][n][2 * half + 1] * grad.shape.scale);
      }
    }
  }
}

}  // namespace

void attention_grad_tensor_core(cudaStream_t stream, const AttentionGrad& args, bool warpgroups) {
  const AttentionShape& shape = args.shape;
  const int64_t sequences = shape.tokens / args.sequence;
  Backward backward{args, static_cast<RowStatistics*>(args.scratch), nullptr};
  if (!args.deterministic) {
    backward.query_sums = reinterpret_cast<float*>(
        backward.statistics + sequences * shape.heads * statistics_rows(args.sequence));
  }
  const auto visible_bytes = [&](int64_t block) -> size_t {
    return args.segments == nullptr ? 0 : ceil_div(args.sequence, block) + 16;
  };
  with_half_type(shape.type, [&]<class T>(Tag<T>) {
    with_dim(shape.dim, [&]<int kColumns>(Constant<kColumns>) {
      constexpr int kLanes = kColumns / 8;
      const dim3 rows(statistics_rows(args.sequence) / (kThreads / kLanes), shape.heads, sequences);
      prepare<T, kLanes><<<rows, kThreads, 0, stream>>>(backward);
      using K = KeyBlocking<kColumns>;
      const dim3 key_grid(ceil_div(args.sequence, kKeyBlock), shape.kv_heads * K::kParts,
                          sequences);
      const bool done = warpgroups && (grad_of_keys_pipelined(stream, backward) ||
                                       grad_of_keys_warpgroup(stream, backward));
      if (!done) {
        launch(grad_of_keys<T, kColumns>, key_grid, kThreads,
               K::kSharedBytes + visible_bytes(K::kQueries), stream, backward);
      }
      if (args.deterministic) {
        using Q = QueryBlocking<kColumns>;
        const dim3 query_grid(ceil_div(args.sequence, Q::kQueries), shape.heads, sequences);
        launch(grad_of_queries<T, kColumns>, query_grid, kThreads,
               Q::kSharedBytes + visible_bytes(Q::kKeys), stream, backward);
      }
    });
    if (!args.deterministic) {
      round_query_sums<T><<<static_cast<unsigned>(shape.tokens), kThreads, 0, stream>>>(backward);
    }
  });
}

}  // namespace lmos::cuda
