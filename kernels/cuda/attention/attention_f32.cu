// Attention in f32 throughout, forward and backward. Blocks of 32 queries against blocks of 32
// keys in shared memory; thread (x, y) of 16 × 16 owns rows y and y + 16 and, of scores, columns x
// and x + 16, of outputs every 16th column from x on.
#include "cuda/attention/kernels.h"
#include "cuda/attention/launch.cuh"

namespace lmos::cuda {
namespace {

inline constexpr int kBlock = 32;
inline constexpr int kSide = 16;

struct PlainForward {
  Attention args;
};

struct PlainBackward {
  AttentionGrad args;
  RowStatistics* statistics;  // [tokens, heads]; lse in base e
};

// A row of a tile is odd in length: neighbouring rows of a column are in different banks.
template <int kColumns>
struct Rows {
  static constexpr int kStep = kColumns + 1;
  static constexpr int kFloats = kBlock * kStep;
};

template <int kColumns>
__device__ void load_rows(float* to, const float* from, int64_t step, int rows, int dim) {
  for (int i = threadIdx.y * kSide + threadIdx.x; i < kBlock * kColumns; i += kSide * kSide) {
    const int row = i / kColumns, column = i % kColumns;
    to[row * Rows<kColumns>::kStep + column] =
        row < rows && column < dim ? from[row * step + column] : 0.f;
  }
}

// c = left · rightᵀ
template <int kColumns>
__device__ void scores_of(float (&c)[2][2], const float* left, const float* right, int dim) {
  constexpr int kStep = Rows<kColumns>::kStep;
  c[0][0] = c[0][1] = c[1][0] = c[1][1] = 0;
  for (int d = 0; d < dim; ++d) {
    const float a0 = left[threadIdx.y * kStep + d], a1 = left[(threadIdx.y + kSide) * kStep + d];
    const float b0 = right[threadIdx.x * kStep + d], b1 = right[(threadIdx.x + kSide) * kStep + d];
    c[0][0] = fmaf(a0, b0, c[0][0]);
    c[0][1] = fmaf(a0, b1, c[0][1]);
    c[1][0] = fmaf(a1, b0, c[1][0]);
    c[1][1] = fmaf(a1, b1, c[1][1]);
  }
}

// sums += weights · rows, with weights [kBlock, kBlock]; transposed: weightsᵀ.
template <int kColumns, bool kTransposed>
__device__ void add_product(float (&sums)[2][kColumns / kSide], const float* weights,
                            const float* rows) {
  constexpr int kWeightStep = kBlock + 1;
  for (int j = 0; j < kBlock; ++j) {
    float w[2];
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int row = static_cast<int>(threadIdx.y) + i * kSide;
      w[i] = kTransposed ? weights[j * kWeightStep + row] : weights[row * kWeightStep + j];
    }
#pragma unroll
    for (int c = 0; c < kColumns / kSide; ++c) {
      const float x = rows[j * Rows<kColumns>::kStep + threadIdx.x + c * kSide];
      sums[0][c] = fmaf(w[0], x, sums[0][c]);
      sums[1][c] = fmaf(w[1], x, sums[1][c]);
    }
  }
}

template <int kColumns>
__device__ void write_rows(float* to, int64_t step, int rows, int dim,
                           const float (&sums)[2][kColumns / kSide], const float (&factor)[2]) {
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int row = static_cast<int>(threadIdx.y) + i * kSide;
    if (row >= rows) continue;
#pragma unroll
    for (int c = 0; c < kColumns / kSide; ++c) {
      const int column = static_cast<int>(threadIdx.x) + c * kSide;
      if (column < dim) to[row * step + column] = sums[i][c] * factor[i];
    }
  }
}

__device__ bool visible(int query, int key, int sequence, bool causal, const int32_t* segments) {
  if (query >= sequence || key >= sequence || (causal && key > query)) return false;
  return segments == nullptr || segments[query] == segments[key];
}

// Over the 16 lanes that share a row.
template <class Combine>
__device__ float over_row(float x, const Combine& combine) {
#pragma unroll
  for (int i = kSide / 2; i > 0; i /= 2) x = combine(x, __shfl_xor_sync(0xffffffffu, x, i));
  return x;
}

template <int kColumns>
__global__ void __launch_bounds__(kSide* kSide) attend(PlainForward forward) {
  extern __shared__ float floats[];
  const Attention& args = forward.args;
  float* queries = floats;
  float* keys = queries + Rows<kColumns>::kFloats;
  float* values = keys + Rows<kColumns>::kFloats;
  float* weights = values + Rows<kColumns>::kFloats;
  const int sequence = static_cast<int>(args.sequence), dim = static_cast<int>(args.shape.dim);
  const int first = static_cast<int>(blockIdx.x) * kBlock, head = blockIdx.y;
  const int key_head = head / static_cast<int>(args.shape.heads / args.shape.kv_heads);
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const int32_t* segments = args.segments == nullptr ? nullptr : args.segments + token;
  load_rows<kColumns>(
      queries, static_cast<const float*>(args.q) + (token + first) * args.steps.q + head * dim,
      args.steps.q, sequence - first, dim);
  float output[2][kColumns / kSide] = {}, maximum[2] = {-INFINITY, -INFINITY}, total[2] = {};
  const int end = args.causal ? min(sequence, first + kBlock) : sequence;
  for (int key = 0; key < end; key += kBlock) {
    __syncthreads();
    load_rows<kColumns>(
        keys, static_cast<const float*>(args.k) + (token + key) * args.steps.k + key_head * dim,
        args.steps.k, sequence - key, dim);
    load_rows<kColumns>(
        values, static_cast<const float*>(args.v) + (token + key) * args.steps.v + key_head * dim,
        args.steps.v, sequence - key, dim);
    __syncthreads();
    float scores[2][2];
    scores_of<kColumns>(scores, queries, keys, dim);
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int row = static_cast<int>(threadIdx.y) + i * kSide;
      float peak = maximum[i];
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const int column = static_cast<int>(threadIdx.x) + j * kSide;
        scores[i][j] = visible(first + row, key + column, sequence, args.causal, segments)
                           ? scores[i][j] * args.shape.scale
                           : -INFINITY;
        peak = fmaxf(peak, scores[i][j]);
      }
      peak = over_row(peak, [](float a, float b) { return fmaxf(a, b); });
      const float shift = peak == -INFINITY ? 0.f : peak;
      const float decay = expf(maximum[i] - shift);
      float added = 0;
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const float weight = expf(scores[i][j] - shift);
        weights[row * (kBlock + 1) + threadIdx.x + j * kSide] = weight;
        added += weight;
      }
      total[i] = total[i] * decay + over_row(added, [](float a, float b) { return a + b; });
      maximum[i] = peak;
#pragma unroll
      for (float& o : output[i]) o *= decay;
    }
    __syncwarp();  // a row of weights belongs to one warp
    add_product<kColumns, false>(output, weights, values);
  }
  const float factor[2] = {1.f / total[0], 1.f / total[1]};
  const int64_t step = args.shape.heads * dim;
  write_rows<kColumns>(static_cast<float*>(args.y) + (token + first) * step + head * dim, step,
                       sequence - first, dim, output, factor);
  for (int i = 0; i < 2; ++i) {
    const int row = first + static_cast<int>(threadIdx.y) + i * kSide;
    if (threadIdx.x == 0 && row < sequence) {
      args.lse[(token + row) * args.shape.heads + head] = maximum[i] + logf(total[i]);
    }
  }
}

// A warp a row of dy and y.
__global__ void __launch_bounds__(256) prepare(PlainBackward backward) {
  const AttentionGrad& args = backward.args;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * 8 + threadIdx.x / 32;
  if (row >= args.shape.tokens * args.shape.heads) return;
  const float* dy = static_cast<const float*>(args.dy) + row * args.shape.dim;
  const float* y = static_cast<const float*>(args.y) + row * args.shape.dim;
  float delta = 0;
  for (int i = threadIdx.x % 32; i < args.shape.dim; i += 32) delta = fmaf(dy[i], y[i], delta);
#pragma unroll
  for (int i = 16; i > 0; i /= 2) delta += __shfl_xor_sync(0xffffffffu, delta, i);
  if (threadIdx.x % 32 == 0) backward.statistics[row] = {args.lse[row], delta};
}

// Both kernels of the backward pass: a block holds 32 rows of one side (keys and values, or
// queries and dy) and goes over the blocks of the other.
template <int kColumns, bool kOfKeys>
__global__ void __launch_bounds__(kSide* kSide) differentiate(PlainBackward backward) {
  extern __shared__ float floats[];
  const AttentionGrad& args = backward.args;
  float* queries = floats;
  float* dy = queries + Rows<kColumns>::kFloats;
  float* keys = dy + Rows<kColumns>::kFloats;
  float* values = keys + Rows<kColumns>::kFloats;
  float* weights = values + Rows<kColumns>::kFloats;
  float* score_grads = weights + kBlock * (kBlock + 1);
  const int sequence = static_cast<int>(args.sequence), dim = static_cast<int>(args.shape.dim);
  const int heads = static_cast<int>(args.shape.heads);
  const int group = heads / static_cast<int>(args.shape.kv_heads);
  const int own = static_cast<int>(blockIdx.x) * kBlock;
  const int64_t token = static_cast<int64_t>(blockIdx.z) * sequence;
  const int32_t* segments = args.segments == nullptr ? nullptr : args.segments + token;
  const auto load_queries = [&](int head, int row) {
    load_rows<kColumns>(
        queries, static_cast<const float*>(args.q) + (token + row) * args.steps.q + head * dim,
        args.steps.q, sequence - row, dim);
    load_rows<kColumns>(dy,
                        static_cast<const float*>(args.dy) + ((token + row) * heads + head) * dim,
                        static_cast<int64_t>(heads) * dim, sequence - row, dim);
  };
  const auto load_keys = [&](int key_head, int row) {
    load_rows<kColumns>(
        keys, static_cast<const float*>(args.k) + (token + row) * args.steps.k + key_head * dim,
        args.steps.k, sequence - row, dim);
    load_rows<kColumns>(
        values, static_cast<const float*>(args.v) + (token + row) * args.steps.v + key_head * dim,
        args.steps.v, sequence - row, dim);
  };
  // weights and the gradient of scaled scores, [queries, keys]
  const auto weigh = [&](int head, int query_row, int key_row) {
    float scores[2][2], grads[2][2];
    scores_of<kColumns>(scores, queries, keys, dim);
    scores_of<kColumns>(grads, dy, values, dim);
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int row = static_cast<int>(threadIdx.y) + i * kSide, query = query_row + row;
      const RowStatistics statistics =
          query < sequence ? backward.statistics[(token + query) * heads + head] : RowStatistics{};
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const int column = static_cast<int>(threadIdx.x) + j * kSide;
        const bool seen = visible(query, key_row + column, sequence, args.causal, segments);
        const float weight = seen ? expf(scores[i][j] * args.shape.scale - statistics.lse) : 0.f;
        weights[row * (kBlock + 1) + column] = weight;
        score_grads[row * (kBlock + 1) + column] = weight * (grads[i][j] - statistics.delta);
      }
    }
  };
  float sums[2][kColumns / kSide] = {}, value_sums[2][kColumns / kSide] = {};
  const float scale[2] = {args.shape.scale, args.shape.scale}, one[2] = {1, 1};
  if constexpr (kOfKeys) {
    const int key_head = blockIdx.y;
    load_keys(key_head, own);
    for (int head = key_head * group; head < (key_head + 1) * group; ++head) {
      for (int row = args.causal ? own : 0; row < sequence; row += kBlock) {
        __syncthreads();
        load_queries(head, row);
        __syncthreads();
        weigh(head, row, own);
        __syncthreads();
        add_product<kColumns, true>(value_sums, weights, dy);
        add_product<kColumns, true>(sums, score_grads, queries);
      }
    }
    write_rows<kColumns>(
        static_cast<float*>(args.dk) + (token + own) * args.grad_steps.k + key_head * dim,
        args.grad_steps.k, sequence - own, dim, sums, scale);
    write_rows<kColumns>(
        static_cast<float*>(args.dv) + (token + own) * args.grad_steps.v + key_head * dim,
        args.grad_steps.v, sequence - own, dim, value_sums, one);
  } else {
    const int head = blockIdx.y;
    load_queries(head, own);
    const int end = args.causal ? min(sequence, own + kBlock) : sequence;
    for (int row = 0; row < end; row += kBlock) {
      __syncthreads();
      load_keys(head / group, row);
      __syncthreads();
      weigh(head, own, row);
      __syncthreads();
      add_product<kColumns, false>(sums, score_grads, keys);
    }
    write_rows<kColumns>(
        static_cast<float*>(args.dq) + (token + own) * args.grad_steps.q + head * dim,
        args.grad_steps.q, sequence - own, dim, sums, scale);
  }
}

constexpr size_t shared_bytes(int columns, int tiles, int weights) {
  return sizeof(float) * (tiles * kBlock * (columns + 1) + weights * kBlock * (kBlock + 1));
}

}  // namespace

void attention_f32(cudaStream_t stream, const Attention& args) {
  with_dim(args.shape.dim, [&]<int kColumns>(Constant<kColumns>) {
    const dim3 grid(ceil_div(args.sequence, kBlock), args.shape.heads,
                    args.shape.tokens / args.sequence);
    launch(attend<kColumns>, grid, dim3(kSide, kSide), shared_bytes(kColumns, 3, 1), stream,
           PlainForward{args});
  });
}

void attention_grad_f32(cudaStream_t stream, const AttentionGrad& args) {
  const AttentionShape& shape = args.shape;
  const PlainBackward backward{args, static_cast<RowStatistics*>(args.scratch)};
  prepare<<<ceil_div(shape.tokens * shape.heads, 8), 256, 0, stream>>>(backward);
  with_dim(shape.dim, [&]<int kColumns>(Constant<kColumns>) {
    const unsigned blocks = ceil_div(args.sequence, kBlock),
                   sequences = shape.tokens / args.sequence;
    const size_t bytes = shared_bytes(kColumns, 4, 2);
    const dim3 threads(kSide, kSide);
    launch(differentiate<kColumns, true>, dim3(blocks, shape.kv_heads, sequences), threads, bytes,
           stream, backward);
    launch(differentiate<kColumns, false>, dim3(blocks, shape.heads, sequences), threads, bytes,
           stream, backward);
  });
}

}  // namespace lmos::cuda
